"""What a process holds of the system: memory, threads, descriptors; from Linux's /proc."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unetkit.errors import DeviceError

_PROC = Path("/proc")
_MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ProcessLoad:
    """One look at this process and those it started.

    Attributes:
        own_mib: resident memory of this process.
        children_mib: resident memory of its children, the frames they share with it included.
        threads: Python's threads here.
        descriptors: open files and pipes here.
    """

    own_mib: float
    children_mib: float
    threads: int
    descriptors: int

    @classmethod
    def now(cls) -> Self:
        """Raises DeviceError where there is no /proc."""
        if not (_PROC / "self" / "statm").exists():
            raise DeviceError("memory and descriptors are counted in /proc, which only Linux has")
        return cls(
            own_mib=resident_mib("self"),
            children_mib=sum(map(resident_mib, _children())),
            threads=threading.active_count(),
            descriptors=len(os.listdir(_PROC / "self" / "fd")) - 1,  # noqa: PTH208 (its own is one of them)
        )


def resident_mib(process: int | str) -> float:
    """Memory of a process by its id; 0 of one that has ended."""
    try:
        pages = int((_PROC / str(process) / "statm").read_text().split()[1])
    except (OSError, IndexError):  # it has just ended
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def _children() -> list[str]:
    return [number for task in (_PROC / "self" / "task").iterdir() for number in _read(task / "children").split()]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
