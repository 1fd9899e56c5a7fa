"""Energy counters that a process may read: Intel and AMD processors (RAPL), NVIDIA GPUs, Jetson's power rails.

They count for the whole package, board or GPU, not for this process: what else runs is in the figure.
"""

import ctypes
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from unetkit.runtime.backends.devices import nvidia_gpus


class EnergyCounter(Protocol):
    """A counter of energy that only goes up."""

    @property
    def name(self) -> str:
        """What is counted, for people."""

    def read_uj(self) -> float:
        """Microjoules since some moment in the past."""


class RaplCounter:
    """Running Average Power Limit: `energy_uj` of each package, which wraps round (kernel: powercap.rst)."""

    name = "processor packages (RAPL)"

    def __init__(self, zones: Sequence[Path]) -> None:
        self._files = [zone / "energy_uj" for zone in zones]
        self._ranges = [int((zone / "max_energy_range_uj").read_text()) for zone in zones]
        self._last = [int(file.read_text()) for file in self._files]
        self._total = 0.0

    def read_uj(self) -> float:
        for index, file in enumerate(self._files):
            now = int(file.read_text())
            step = now - self._last[index]
            self._total += step if step >= 0 else step + self._ranges[index]
            self._last[index] = now
        return self._total


class RailCounter:
    """Power rails of a Jetson's INA3221 (hwmon: millivolts `inN_input`, milliamperes `currN_input`), integrated."""

    name = "power rails (INA3221)"

    def __init__(self, rails: Sequence[tuple[Path, Path]], clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._rails, self._clock = rails, clock
        self._last_ns, self._last_uw, self._total = clock(), self._power_uw(), 0.0

    def read_uj(self) -> float:
        now_ns, now_uw = self._clock(), self._power_uw()
        self._total += (now_uw + self._last_uw) / 2 * max(0, now_ns - self._last_ns) / 1e9
        self._last_ns, self._last_uw = now_ns, now_uw
        return self._total

    def _power_uw(self) -> float:
        return sum(int(volts.read_text()) * int(amperes.read_text()) for volts, amperes in self._rails)


class NvmlCounter:
    """A GPU's own counter (NVML: nvmlDeviceGetTotalEnergyConsumption, millijoules; Volta and newer)."""

    name = "GPU (NVML)"

    def __init__(self, library: Any, device: Any) -> None:
        self._library, self._device = library, device
        self.read_uj()

    def read_uj(self) -> float:
        millijoules = ctypes.c_ulonglong(0)
        if self._library.nvmlDeviceGetTotalEnergyConsumption(self._device, ctypes.byref(millijoules)) != 0:
            raise OSError("NVML does not tell the energy of this GPU")
        return millijoules.value * 1000.0


def energy_counter(device: str, root: Path = Path("/")) -> EnergyCounter | None:
    """The counter that can be read here for what runs on `device`; None where there is none.

    Args:
        device: `CPU`, `CUDA` or `TensorRT`, as a backend says it.
        root: where `sys` is looked for.
    """
    makers: tuple[Callable[[], EnergyCounter | None], ...] = (
        (_nvml,) if device != "CPU" else (lambda: _rapl(root), lambda: _rails(root))
    )
    for make in makers:
        try:
            counter = make()
        except (OSError, ValueError):  # for root only, or not what the kernel's documentation says
            continue
        if counter is not None:
            return counter
    return None


def _rapl(root: Path) -> EnergyCounter | None:
    zones = [zone for zone in sorted(root.glob("sys/class/powercap/intel-rapl:*")) if zone.name.count(":") == 1]
    return RaplCounter(zones) if zones else None


def _rails(root: Path) -> EnergyCounter | None:
    rails = []
    for volts in sorted(root.glob("sys/bus/i2c/drivers/ina3221/*/hwmon/hwmon*/in[1-3]_input")):
        amperes = volts.with_name(volts.name.replace("in", "curr", 1))
        label = volts.with_name(volts.name.replace("_input", "_label"))
        name = label.read_text().strip() if label.exists() else ""
        if name == "VDD_IN":  # the whole module; the other rails are parts of it
            return RailCounter([(volts, amperes)])
        if amperes.exists():
            rails.append((volts, amperes))
    return RailCounter(rails) if rails else None


def _nvml() -> EnergyCounter | None:
    if not nvidia_gpus():
        return None
    library = ctypes.CDLL("libnvidia-ml.so.1")
    device = ctypes.c_void_p()
    if library.nvmlInit_v2() != 0 or library.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)) != 0:
        return None
    return NvmlCounter(library, device)
