"""Processor, cores, memory and board, from what Linux tells in files; elsewhere there is less to see."""

import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from unetkit.benchmarks.sensors import read_sensors
from unetkit.doctor.finding import Finding, ok, problem, warning
from unetkit.processors import Processors
from unetkit.runtime.host import HostInfo
from unetkit.version import VERSION

_PYTHONS = (3, 11), (3, 14)
_HOT_C = 80.0
_LITTLE_MIB = 512
_DOT_PRODUCTS = {"avx512_vnni": "VNNI", "avx_vnni": "VNNI", "amx_int8": "AMX", "asimddp": "NEON dot product"}
_NAMED = {**_DOT_PRODUCTS, "avx2": "AVX2", "avx512f": "AVX-512", "i8mm": "NEON int8 matrices", "asimd": "NEON"}


def machine(root: Path = Path("/"), python: tuple[int, ...] = tuple(sys.version_info[:3])) -> Iterator[Finding]:
    """Everything about the machine itself.

    Args:
        root: where `proc`, `sys` and `etc` are looked for.
        python: version of the interpreter.
    """
    host = HostInfo.here(root)
    yield _python(python)
    yield ok("unetkit", VERSION)
    yield ok("system", host.os)
    if host.board:
        yield ok("board", host.board + _l4t(root))
    yield _processor(root, host.cpu)
    yield _cores(Processors.here(root))
    yield from _pace(root)
    yield _memory(root, host.memory_bytes)


def _python(version: tuple[int, ...]) -> Finding:
    told = ".".join(map(str, version))
    if _PYTHONS[0] <= version[:2] < _PYTHONS[1]:
        return ok("Python", f"{told}, {sys.executable}")
    return problem(
        "Python",
        f"{told}; unetkit is made for 3.11 to 3.13",
        "python3.12 -m venv .venv && .venv/bin/pip install unetkit",
    )


def _processor(root: Path, name: str) -> Finding:
    features = set(_words(root / "proc/cpuinfo", "flags", "Features"))
    if not features:
        return ok("processor", name)
    if platform.machine() in {"x86_64", "AMD64"} and "avx2" not in features:
        return warning("processor", f"{name}: no AVX2; engines run several times slower, TensorFlow not at all")
    has = dict.fromkeys(text for feature, text in _NAMED.items() if feature in features)
    if not features & set(_DOT_PRODUCTS):
        return ok("processor", f"{name}: {', '.join(has) or 'plain'}; no 8-bit dot products, so int8 gains less")
    return ok("processor", f"{name}: {', '.join(has)}")


def _cores(processors: Processors) -> Finding:
    limits = []
    if len(processors.allowed) < processors.logical:
        limits.append(f"affinity allows {len(processors.allowed)}")
    if processors.quota is not None:
        limits.append(f"a container's quota grants {processors.quota:g}")
    of = f" of {processors.logical} ({', '.join(limits)})" if limits else ""
    if processors.quota is not None and processors.quota < 1:
        return warning(
            "cores", f"{processors.usable}{of}: less than one, so frames will stutter", "docker run --cpus=2 ..."
        )
    return ok("cores", f"{processors.usable}{of}")


def _pace(root: Path) -> Iterator[Finding]:
    cpu = root / "sys/devices/system/cpu/cpu0/cpufreq"
    governor, driver = _text(cpu / "scaling_governor"), _text(cpu / "scaling_driver")
    if governor == "powersave" and not driver.startswith(("intel_pstate", "amd-pstate-epp", "amd_pstate_epp")):
        yield warning(
            "clock", "the governor powersave holds it at its lowest", "sudo cpupower frequency-set -g performance"
        )
    elif governor:
        yield ok("clock", f"governor {governor}")
    seen = read_sensors(root)
    if seen.held_now:
        yield warning(
            "throttling", "this Raspberry Pi is held back now, by heat or a weak power supply", "vcgencmd get_throttled"
        )
    elif seen.temperature_c is not None:
        hot = seen.temperature_c >= _HOT_C
        text = f"{seen.temperature_c:.0f} °C"
        yield (
            warning("temperature", f"{text}: it slows down for heat soon; cool it") if hot else ok("temperature", text)
        )


def _memory(root: Path, total_bytes: int | None) -> Finding:
    total_mib = 0 if total_bytes is None else total_bytes >> 20
    available = next(iter(_words(root / "proc/meminfo", "MemAvailable")), "")
    if not available.isdecimal():
        return ok("memory", f"{total_mib:,} MiB" if total_mib else "not told by the system")
    free_mib = int(available) >> 10
    text = f"{free_mib:,} MiB available of {total_mib:,}"
    return warning("memory", f"{text}: close other programs") if free_mib < _LITTLE_MIB else ok("memory", text)


def _l4t(root: Path) -> str:
    """NVIDIA's Linux on a Jetson: `# R36 (release), REVISION: 4.3, ...`."""
    told = re.match(r"#\s*R(\d+).*?REVISION:\s*([\d.]+)", _text(root / "etc/nv_tegra_release"))
    return f", L4T {told[1]}.{told[2]}" if told else ""


def _words(path: Path, *keys: str) -> list[str]:
    """Words of the first line `key: words` with one of the keys."""
    for line in _text(path).splitlines():
        key, separator, value = line.partition(":")
        if separator and key.strip() in keys:
            return value.split()
    return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \n")
    except OSError:
        return ""
