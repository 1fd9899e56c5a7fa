"""One look at a Linux machine's clocks, temperatures and accounts; elsewhere there is nothing to read."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unetkit.processors import control_groups

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_HELD_PER_MS = {"throttled_usec": 1e3, "throttled_time": 1e6}
_PI_HELD_NOW = 0b1111  # of get_throttled: under-voltage, frequency capped, throttled, soft temperature limit


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Figures at a moment; None is what the system does not tell.

    Attributes:
        clock_mhz: mean of the cores.
        temperature_c: of the hottest zone.
        throttled: times that the processor slowed itself down for heat, since it was switched on.
        held_now: whether a Raspberry Pi is held back at this moment, by heat or for want of voltage.
        quota_held_ms: time that a CPU quota held this container back, since it was started.
        busy_s: processor time of all programs together.
        stolen_s: time that the hypervisor gave to others.
        own_s: processor time of this process.
    """

    clock_mhz: float | None
    temperature_c: float | None
    throttled: int | None
    held_now: bool | None
    quota_held_ms: float | None
    busy_s: float | None
    stolen_s: float | None
    own_s: float


def read_sensors(root: Path = Path("/")) -> Reading:
    """Look now; `root` is where `proc` and `sys` are."""
    clocks = _numbers(root, "sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq")  # kHz
    temperatures = _numbers(root, "sys/class/thermal/thermal_zone*/temp")  # thousandths of a degree
    throttled = _numbers(root, "sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count")
    flags = _text(root / "sys/devices/platform/soc/soc:firmware/get_throttled").strip()
    busy_s, stolen_s = _accounts(root)
    return Reading(
        clock_mhz=sum(clocks) / len(clocks) / 1e3 if clocks else None,
        temperature_c=max(temperatures) / 1e3 if temperatures else None,
        throttled=int(sum(throttled)) if throttled else None,
        held_now=bool(int(flags, 16) & _PI_HELD_NOW) if flags else None,
        quota_held_ms=_quota_held_ms(root),
        busy_s=busy_s,
        stolen_s=stolen_s,
        own_s=time.process_time(),
    )


def _quota_held_ms(root: Path) -> float | None:
    """Of all control groups that hold this process: a quota may be that of a group above its own."""
    held = [ms for folder in control_groups(root) for ms in _held_ms(_text(folder / "cpu.stat"))]
    return sum(held) if held else None


def _held_ms(account: str) -> Iterator[float]:
    """Of one control group (kernel: cgroup-v2.rst; sched-bwc.rst for version 1)."""
    for line in account.splitlines():
        name, _, value = line.partition(" ")
        if name in _HELD_PER_MS and value.isdecimal():
            yield int(value) / _HELD_PER_MS[name]


def _accounts(root: Path) -> tuple[float | None, float | None]:
    """Busy and stolen seconds of all processors, from the first line of /proc/stat (proc(5))."""
    fields = _text(root / "proc/stat").partition("\n")[0].split()
    if len(fields) < 9 or fields[0] != "cpu":
        return None, None
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(value) for value in fields[1:9])
    return (user + nice + system + irq + softirq) / _TICKS_PER_S, steal / _TICKS_PER_S


def _numbers(root: Path, pattern: str) -> list[float]:
    texts = (_text(path).strip() for path in root.glob(pattern))
    return [float(text) for text in texts if text.removeprefix("-").isdecimal()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:  # not there, or a zone that is switched off
        return ""
