"""How many processors this process may use: what every number of threads is chosen by.

A container sees all processors of its host, but may use some of them (affinity, cpusets), or use them for a part of the
time (a CPU quota). Threads beyond that wait for each other, and a quota that is used up stops all of them at once.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Processors:
    """What the system has and what this process may use of it.

    Attributes:
        logical: processors of the system.
        allowed: numbers of those that this process may run on, as far as the system tells; else all.
        quota: processors' worth of time that its control groups grant, the tightest of them; None: no limit.
    """

    logical: int
    allowed: tuple[int, ...]
    quota: float | None

    @classmethod
    def here(cls, root: Path = Path("/")) -> Self:
        """Of this process; `root` is where `proc` and `sys` are looked for."""
        logical = os.cpu_count() or 1
        known = hasattr(os, "sched_getaffinity")
        allowed = tuple(sorted(os.sched_getaffinity(0))) if known else tuple(range(logical))
        return cls(logical=logical, allowed=allowed, quota=min(_quotas(root), default=None))

    @property
    def usable(self) -> int:
        """How many threads may really run at once: those allowed, and the quota rounded up; at least 1."""
        allowed = len(self.allowed)
        return max(1, allowed if self.quota is None else min(allowed, math.ceil(self.quota)))


def usable_cores(root: Path = Path("/")) -> int:
    """`Processors.here(root).usable`."""
    return Processors.here(root).usable


def _quotas(root: Path) -> Iterator[float]:
    """Of the process's own control groups and of all above them that can be seen (cgroups(7), in both versions)."""
    for folder in control_groups(root):
        quota, period = _bandwidth(folder)
        if quota > 0 and period > 0:
            yield quota / period


def _bandwidth(folder: Path) -> tuple[int, int]:
    """Microseconds of processor time in so many microseconds; 0 where there is no limit."""
    own = _read(folder / "cpu.max").split()  # version 2: "<quota|max> <period>"
    if not own:
        own = [_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]  # version 1: -1: no limit
    whole = [int(text) if text.isdecimal() else 0 for text in own]
    return (whole[0], whole[1]) if len(whole) == 2 else (0, 0)


def control_groups(root: Path) -> Iterator[Path]:
    """Folders of the groups that hold this process, each with those above it, as far up as they are mounted."""
    groups = dict(_memberships(_read(root / "proc/self/cgroup")))
    mounts = tuple(_mounts(_read(root / "proc/self/mountinfo"))) or (("", "/", "/sys/fs/cgroup"),)
    for controller, top, mounted_at in mounts:
        mount = root / mounted_at.lstrip("/")
        group = PurePosixPath(groups.get(controller, "/"))
        # A container may see its own group mounted as if it were the top, with or without a namespace for it.
        own = group.relative_to(top) if group.is_relative_to(top) and ".." not in group.parts else PurePosixPath()
        yield from (mount / part for part in (own, *own.parents))


def _memberships(text: str) -> Iterator[tuple[str, str]]:
    """Controller and group of each line `number:controllers:group`; the controller of version 2 is an empty word."""
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        yield from ((name, group) for name in controllers.split(","))


def _mounts(text: str) -> Iterator[tuple[str, str, str]]:
    """Controller, group and place of each mount that may hold a CPU quota (proc_pid_mountinfo(5))."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2":
            yield "", fields[3], fields[4]
        elif kind[0] == "cgroup" and "cpu" in kind[2].split(","):
            yield "cpu", fields[3], fields[4]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
