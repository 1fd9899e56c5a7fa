"""The machine a figure was taken on: a latency without its host means nothing."""

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from unetkit.processors import Processors

_PACKAGES = {
    "numpy": ("numpy",),
    "opencv": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime"),
    "litert": ("ai-edge-litert",),
    "openvino": ("openvino",),
}
# What vector units can do of what networks are made of, as Linux spells it; x86, then Arm.
_INSTRUCTIONS = (
    *("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16"),
    *("asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2"),
)


@dataclass(frozen=True, kw_only=True)
class HostInfo:
    """Processor, memory and software of this machine.

    Attributes:
        cpu: model name as the system gives it.
        board: name of a single-board computer (Raspberry Pi, Jetson); None elsewhere.
        gpu: name of the NVIDIA GPU whose driver is loaded; None without one.
        logical_cores: processors the system has.
        usable_cores: those this process may use: its affinity, and its container's quota rounded up.
        memory_bytes: physical memory; None where the system does not tell.
        os: system, release and processor architecture.
        python: version of the interpreter.
        packages: version of each package a figure depends on, those installed.
        instructions: the processor's extensions that decide how fast a network runs; none where the system does not
            tell. A hypervisor often keeps the processor's full name to itself.
    """

    cpu: str
    board: str | None
    gpu: str | None
    logical_cores: int
    usable_cores: int
    memory_bytes: int | None
    os: str
    python: str
    packages: dict[str, str]
    instructions: tuple[str, ...] = ()

    @classmethod
    def here(cls, root: Path = Path("/")) -> "HostInfo":
        """This machine; `root` is where `proc` and `sys` are looked for."""
        processors = Processors.here(root)
        return cls(
            cpu=_cpu_name(root),
            board=_read(root / "proc/device-tree/model").strip("\0 \n") or None,
            gpu=next(_gpu_names(root), None),
            logical_cores=processors.logical,
            usable_cores=processors.usable,
            memory_bytes=_memory_bytes(),
            os=f"{platform.system()} {platform.release()} {platform.machine()}",
            python=platform.python_version(),
            packages=dict(_package_versions()),
            instructions=vector_instructions(root),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _value_of(text: str, *keys: str) -> str | None:
    for line in text.splitlines():
        key, separator, value = line.partition(":")
        if separator and key.strip() in keys and value.strip():
            return value.strip()
    return None


def _cpu_name(root: Path) -> str:
    named = _value_of(_read(root / "proc/cpuinfo"), "model name", "Model", "Hardware")
    return named or platform.processor() or platform.machine()


def vector_instructions(root: Path = Path("/")) -> tuple[str, ...]:
    """The processor's extensions that decide how fast a network runs, as Linux spells them; none elsewhere."""
    flags = set((_value_of(_read(root / "proc/cpuinfo"), "flags", "Features") or "").split())
    return tuple(name for name in _INSTRUCTIONS if name in flags)


def _gpu_names(root: Path) -> Iterator[str]:
    for file in sorted(root.glob("proc/driver/nvidia/gpus/*/information")):
        name = _value_of(_read(file), "Model")
        if name:
            yield name


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not a POSIX system, or one that does not tell
        return None


def package_version(name: str) -> str | None:
    """Version of an engine's package, under whichever of its names it is installed; None where it is not."""
    for distribution in _PACKAGES.get(name, (name,)):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None


def _package_versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        version = package_version(name)
        if version is not None:
            yield name, version
