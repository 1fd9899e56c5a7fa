"""The machine, as Linux tells it in files; every fault of one that can be written down."""

import platform
from pathlib import Path

import pytest

from unetkit.doctor.finding import Finding, Status
from unetkit.doctor.machine import machine

CPU0 = "sys/devices/system/cpu/cpu0/cpufreq"


def found(root: Path, files: dict[str, str], python: tuple[int, ...] = (3, 12, 1)) -> dict[str, Finding]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return {finding.subject: finding for finding in machine(root, python)}


@pytest.mark.parametrize(
    ("version", "status"), [((3, 11, 0), "ok"), ((3, 13, 9), "ok"), ((3, 10, 4), "problem"), ((3, 14, 0), "problem")]
)
def test_pythons_that_unetkit_is_made_for(version: tuple[int, ...], status: str, tmp_path: Path) -> None:
    finding = found(tmp_path, {}, version)["Python"]
    assert finding.status == status
    assert bool(finding.mend) == (status == "problem")


@pytest.mark.parametrize(
    ("architecture", "cpuinfo", "status", "told"),
    [
        ("x86_64", "model name : Xeon\nflags : sse avx2 avx512f avx512_vnni\n", "ok", "Xeon: VNNI, AVX2, AVX-512"),
        ("x86_64", "model name : EPYC\nflags : sse avx2\n", "ok", "no 8-bit dot products, so int8 gains less"),
        ("x86_64", "model name : Atom\nflags : sse4_2\n", "warning", "no AVX2"),
        ("aarch64", "Model : Pi 5\nFeatures : fp asimd asimddp\n", "ok", "NEON dot product, NEON"),
        ("aarch64", "Model : Pi 4\nFeatures : fp asimd\n", "ok", "no 8-bit dot products"),
        ("aarch64", "", "ok", ""),
    ],
)
def test_a_processor_with_what_engines_use(
    architecture: str, cpuinfo: str, status: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: architecture)
    finding = found(tmp_path, {"proc/cpuinfo": cpuinfo})["processor"]
    assert finding.status == status
    assert told in finding.text


def test_a_quota_is_named_and_less_than_a_core_is_a_warning(tmp_path: Path) -> None:
    assert "a container's quota grants 1.5" in found(tmp_path, {"sys/fs/cgroup/cpu.max": "150000 100000"})["cores"].text
    finding = found(tmp_path, {"sys/fs/cgroup/cpu.max": "50000 100000"})["cores"]
    assert finding.status is Status.WARNING
    assert finding.text.startswith("1 of ")


@pytest.mark.parametrize(
    ("governor", "driver", "status"),
    [
        ("powersave", "cpufreq-dt", "warning"),
        ("powersave", "intel_pstate", "ok"),
        ("ondemand", "cpufreq-dt", "ok"),
    ],
)
def test_a_governor_that_holds_the_clock_low(governor: str, driver: str, status: str, tmp_path: Path) -> None:
    finding = found(tmp_path, {f"{CPU0}/scaling_governor": governor, f"{CPU0}/scaling_driver": driver})["clock"]
    assert finding.status == status
    assert ("cpupower frequency-set -g performance" in finding.mend) == (status == "warning")


def test_a_raspberry_pi_that_is_held_back_says_so(tmp_path: Path) -> None:
    files = {"sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n"}
    assert found(tmp_path, files)["throttling"].status is Status.WARNING


@pytest.mark.parametrize(("millidegrees", "status"), [("55000", "ok"), ("84000", "warning")])
def test_heat_is_told(millidegrees: str, status: str, tmp_path: Path) -> None:
    assert found(tmp_path, {"sys/class/thermal/thermal_zone0/temp": millidegrees})["temperature"].status == status


def test_little_memory_is_a_warning(tmp_path: Path) -> None:
    little = found(tmp_path, {"proc/meminfo": "MemTotal: 1000000 kB\nMemAvailable: 204800 kB\n"})["memory"]
    assert (little.status, little.text.partition(" of")[0]) == (Status.WARNING, "200 MiB available")
    assert found(tmp_path, {"proc/meminfo": "MemAvailable: 4096000 kB\n"})["memory"].status is Status.OK


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0"}, "Raspberry Pi 5 Model B Rev 1.0"),
        (
            {
                "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
                "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\n",
            },
            "NVIDIA Jetson Orin Nano Developer Kit, L4T 36.4.3",
        ),
    ],
)
def test_a_board_is_named_with_its_system(files: dict[str, str], told: str, tmp_path: Path) -> None:
    assert found(tmp_path, files)["board"].text == told
