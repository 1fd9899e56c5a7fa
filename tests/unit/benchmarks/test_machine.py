"""Clocks, temperatures, quotas and counters of machines that are not here: files as their kernels write them."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.benchmarks.fakes import MS, HandClock
from tests.unit.benchmarks.freshmemory import fresh_memory
from unetkit.benchmarks.conditions import Conditions, Stretch, Watch
from unetkit.benchmarks.energy import NvmlCounter, RailCounter, RaplCounter, energy_counter
from unetkit.benchmarks.memory import memory_bytes, peak_memory_bytes
from unetkit.benchmarks.sensors import read_sensors

S = 1000 * MS
FREQUENCY = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq"
PI_FLAGS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def write(root: Path, files: Mapping[str, object]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")


def stat(busy: int, steal: int) -> str:
    return f"cpu  {busy} 0 0 9000 10 0 0 {steal} 0 0\ncpu0 1 2 3 4"


def seen(root: Path, *steps: Mapping[str, object], step_ns: int = S) -> Conditions:
    """Conditions over readings of these files, one a second; processor time of this process is next to nothing."""
    clock = HandClock()
    write(root, steps[0])
    watch = Watch(partial(read_sensors, root), clock)
    for files in steps[1:]:
        write(root, files)
        clock.advance(step_ns)
        watch.look()
    return watch.conditions()


def test_a_machine_that_tells_nothing_leaves_nothing_but_gaps(tmp_path: Path) -> None:
    conditions = seen(tmp_path, {}, {})
    assert conditions == Conditions(
        clock_mhz=None,
        temperature_c=None,
        throttled=None,
        quota_held_ms=None,
        others_cores=None,
        steal_share=None,
    )


def test_a_clock_that_falls_and_a_throttled_processor_are_noted(tmp_path: Path) -> None:
    counts = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    zone = "sys/class/thermal/thermal_zone{}/temp"
    cool = {FREQUENCY.format(0): 2400000, FREQUENCY.format(1): 2000000, counts: 7, zone.format(0): 41000}
    hot = {FREQUENCY.format(0): 1600000, FREQUENCY.format(1): 1600000, counts: 9, zone.format(1): 85500}
    conditions = seen(tmp_path, cool, hot)
    assert (conditions.clock_mhz, conditions.temperature_c) == ((1600.0, 2200.0), (41.0, 85.5))
    assert conditions.throttled == 2
    assert conditions.notes == (
        "the processor was held back 2 times by heat or for want of voltage",
        "the processor's clock went between 1600 and 2200 MHz",
    )


@pytest.mark.parametrize(
    ("flags", "throttled"),
    [(("0", "0"), 0), (("0", "50005"), 1), (("50000", "50000"), 0)],  # high bits: it happened once, before this run
)
def test_a_raspberry_pi_tells_whether_it_is_held_back_at_the_moment(
    tmp_path: Path, flags: tuple[str, str], throttled: int
) -> None:
    assert seen(tmp_path, *({PI_FLAGS: flag} for flag in flags)).throttled == throttled


V2 = ("usage_usec 5\nthrottled_usec 1000", "usage_usec 9\nthrottled_usec 251000")
V1 = ("nr_throttled 1\nthrottled_time 1000000", "nr_throttled 3\nthrottled_time 251000000")
V1_MOUNT = "30 20 0:26 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"


@pytest.mark.parametrize(
    ("group", "mounts", "file", "stats"),
    [
        ("0::/", "", "cpu.stat", V2),
        ("0::/system.slice/bench.service", "", "system.slice/bench.service/cpu.stat", V2),
        ("0::/system.slice/bench.service", "", "system.slice/cpu.stat", V2),  # of the group above
        ("4:cpu,cpuacct:/", V1_MOUNT, "cpu/cpu.stat", V1),
        ("4:cpu,cpuacct:/half", V1_MOUNT, "cpu/half/cpu.stat", V1),
    ],
)
def test_a_quota_that_held_the_run_back_is_noted_whichever_group_it_is_of(
    tmp_path: Path, group: str, mounts: str, file: str, stats: tuple[str, str]
) -> None:
    write(tmp_path, {"proc/self/cgroup": group, "proc/self/mountinfo": mounts})
    conditions = seen(tmp_path, *({f"sys/fs/cgroup/{file}": stat} for stat in stats))
    assert conditions.quota_held_ms == 250
    assert conditions.notes == ("the container's CPU quota held it back for 250 ms",)


def test_what_others_and_the_hypervisor_took_is_noted(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    conditions = seen(tmp_path, {"proc/stat": stat(0, 0)}, {"proc/stat": stat(3 * ticks, 0)}, step_ns=2 * S)
    assert conditions.others_cores == pytest.approx(1.5, abs=0.05)  # less what this test itself worked
    (note,) = conditions.notes
    assert note.startswith("other programs kept 1.5 cores busy")
    stolen = seen(
        tmp_path, {"proc/stat": stat(0, 0)}, {"proc/stat": stat(0, ticks * (os.cpu_count() or 1))}, step_ns=2 * S
    )
    assert stolen.steal_share == pytest.approx(0.5)


def test_readings_are_half_a_second_apart_or_farther(tmp_path: Path) -> None:
    assert seen(tmp_path, *({FREQUENCY.format(0): f} for f in (9000, 5000, 9000)), step_ns=S // 3).clock_mhz == (9, 9)


def test_a_run_is_told_by_half_seconds_with_what_others_took_in_each(tmp_path: Path) -> None:
    ticks, clock = os.sysconf("SC_CLK_TCK"), HandClock()
    write(tmp_path, {"proc/stat": stat(0, 0)})
    watch = Watch(partial(read_sensors, tmp_path), clock)
    for rounds, seconds, busy, steal in ((3, 1, 0, 0), (4, 0.25, 0, 0), (5, 1, 2, 0), (5, 1, 2, 1), (9, 1, 2, 2)):
        write(tmp_path, {"proc/stat": stat(busy * ticks, steal * ticks)})
        clock.advance(int(seconds * S))
        watch.look(rounds)
    clock.advance(S // 4)
    watch.conditions(12)  # after a quarter of a second: it belongs to the half second before
    stretches = watch.stretches()
    assert [stretch.rounds for stretch in stretches] == [3, 2, 7]  # a second without a round is in none
    others = [stretch.others_cores or 0.0 for stretch in stretches]
    assert others == pytest.approx([0, 2 / 1.25, 1 / 1.25], abs=0.05)  # less what this test itself worked


def test_the_load_of_a_run_that_is_too_short_or_on_a_silent_system_is_not_known(tmp_path: Path) -> None:
    clock = HandClock()
    for files, seconds in (({}, 2), ({"proc/stat": stat(0, 0)}, 0.3)):
        write(tmp_path, files)
        watch = Watch(partial(read_sensors, tmp_path), clock)
        clock.advance(int(seconds * S))
        watch.conditions(4)
        assert watch.stretches() == (Stretch(rounds=4, others_cores=None),)


def rapl(root: Path, packages: list[int], *, parts: int = 0) -> None:
    for index, microjoules in enumerate(packages):
        zone = f"sys/class/powercap/intel-rapl:{index}"
        write(root, {f"{zone}/energy_uj": microjoules, f"{zone}/max_energy_range_uj": 1000})
        write(root, {f"{zone.replace(':', ':')}:0/energy_uj": parts, f"{zone}:0/max_energy_range_uj": 1000})


def test_rapl_adds_up_packages_not_their_parts_and_survives_its_wrap(tmp_path: Path) -> None:
    rapl(tmp_path, [900, 10])
    counter = energy_counter("CPU", tmp_path)
    assert isinstance(counter, RaplCounter)
    rapl(tmp_path, [950, 30], parts=77)
    assert counter.read_uj() == 70
    rapl(tmp_path, [100, 30])
    assert counter.read_uj() == 70 + 150


@pytest.mark.parametrize(
    ("rails", "microwatts"),
    [
        ([("VDD_CPU", 5000, 200), ("VDD_GPU", 5000, 100)], 1_500_000),
        ([("VDD_IN", 5000, 1000), ("VDD_CPU", 5000, 200)], 5_000_000),  # the whole module, its parts not once more
    ],
)
def test_rails_of_a_jetson_are_power_times_time(
    tmp_path: Path, rails: list[tuple[str, int, int]], microwatts: int
) -> None:
    folder = tmp_path / "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3"
    for number, (label, millivolts, milliamperes) in enumerate(rails, start=1):
        write(
            folder, {f"in{number}_label": label, f"in{number}_input": millivolts, f"curr{number}_input": milliamperes}
        )
    counter = energy_counter("CPU", tmp_path)
    assert isinstance(counter, RailCounter)
    clock = HandClock()
    pairs = [(folder / f"in{n}_input", folder / f"curr{n}_input") for n in (1, 2)]
    timed = RailCounter(pairs[:1] if rails[0][0] == "VDD_IN" else pairs, clock)
    clock.advance(S // 2)
    assert timed.read_uj() == microwatts / 2


class PlayedNvml:
    """NVML's one function, as its header declares it: millijoules through a pointer, 0 where all is well."""

    def __init__(self, *millijoules: int) -> None:
        self._left = list(millijoules)

    def nvmlDeviceGetTotalEnergyConsumption(self, device: Any, energy: Any) -> int:
        if not self._left:
            return 3  # NVML_ERROR_NOT_SUPPORTED: older than Volta
        energy._obj.value = self._left.pop(0)
        return 0


def test_a_gpu_s_counter_is_in_millijoules_and_one_that_has_none_is_not_used() -> None:
    counter = NvmlCounter(PlayedNvml(5_000, 5_250), device=None)
    assert counter.read_uj() == 5_250_000
    with pytest.raises(OSError, match="NVML does not tell"):
        NvmlCounter(PlayedNvml(), device=None)


def test_a_counter_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert energy_counter("CPU", tmp_path) is None
    write(tmp_path, {"sys/class/powercap/intel-rapl:0/energy_uj": "rubbish"})
    assert energy_counter("CPU", tmp_path) is None


def test_sensors_of_this_machine_can_be_read() -> None:
    assert read_sensors().own_s > 0


def test_memory_is_the_system_s_account_of_this_process() -> None:
    before, peak = memory_bytes(), peak_memory_bytes()
    if before is None or peak is None:
        pytest.skip("this system does not tell")
    held = fresh_memory(64 << 20)
    after = memory_bytes()
    assert after is not None
    assert after - before > 60 << 20
    held.close()
    assert (peak_memory_bytes() or 0) > after - (4 << 20)  # the kernel brings its accounts up to date now and then
