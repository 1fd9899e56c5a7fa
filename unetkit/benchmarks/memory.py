"""Memory of this process as the system accounts for it; None where it does not tell."""

import os
import subprocess
import sys
from pathlib import Path


def memory_bytes() -> int | None:
    """Resident now."""
    return _status("VmRSS")


def peak_memory_bytes() -> int | None:
    """Highest resident so far."""
    peak = _status("VmHWM")
    if peak is not None or sys.platform == "win32":
        return peak
    import resource

    scale = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def gpu_memory_bytes() -> int | None:
    """What NVIDIA's driver says that this process holds."""
    query = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    rows = [line.split(",") for line in answer.splitlines()]
    held = [int(mib) for pid, mib in rows if pid.strip() == str(os.getpid()) and mib.strip().isdecimal()]
    return sum(held) * 2**20 if held else None


def _status(key: str) -> int | None:
    """A line of /proc/self/status (proc(5)), which is in kilobytes."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    return None
