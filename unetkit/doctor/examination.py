"""Everything looked at, at once: the probes run side by side while the rest is read from files."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unetkit.doctor import probes
from unetkit.doctor.engines import Seen, can_run_a_model, engines, opencv
from unetkit.doctor.finding import Finding, Status, ok, problem
from unetkit.doctor.machine import machine
from unetkit.doctor.packages import clashes, extras, installed_version, overwritten, required
from unetkit.doctor.surroundings import cache, cameras, ffmpeg
from unetkit.errors import UnetkitError
from unetkit.runtime.freshprocess import call_in_fresh_process

_LONGEST_S = 20.0
_PROBES: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "numpy": ("numpy", probes.numpy),
    "opencv": ("cv2", probes.opencv),
    "onnxruntime": ("onnxruntime", probes.onnxruntime),
    "litert": ("ai_edge_litert", probes.litert),
    "openvino": ("openvino", probes.openvino),
}


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found.

    Attributes:
        findings: in the order of the page.
        can_run: some engine can run a model here.
    """

    findings: tuple[Finding, ...]
    can_run: bool

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"can_run": self.can_run, "findings": [asdict(finding) for finding in self.findings]}

    def count(self, status: Status) -> int:
        return sum(finding.status is status for finding in self.findings)


def examine() -> Examination:
    """Look at this machine; nothing is changed."""
    with ThreadPoolExecutor(len(_PROBES)) as pool:
        asked = {name: pool.submit(probed, *probe) for name, probe in _PROBES.items()}
        read = [*machine(), *cameras(), ffmpeg(), cache(cache_root())]
        packages = [*required(), *overwritten(), *clashes(), extras()]
        seen = {name: answer.result() for name, answer in asked.items()}
    findings = (*read, *_numpy(seen["numpy"]), *opencv(seen["opencv"]), *engines(seen, installed_version), *packages)
    return Examination(findings=findings, can_run=can_run_a_model(seen))


def probed(module: str, probe: Callable[[], dict[str, Any]]) -> Seen:
    """A probe's answer, or why there is none; empty words where its module is not installed."""
    if find_spec(module) is None:
        return ""
    try:
        answer: dict[str, Any] = call_in_fresh_process(probe, {}, timeout_s=_LONGEST_S)
    except UnetkitError as error:
        return str(error)
    return answer


def cache_root() -> Path:
    """The user's cache folder for unetkit, even where platformdirs, which knows it, is missing."""
    if find_spec("platformdirs") is None:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "unetkit"
    import platformdirs

    return Path(platformdirs.user_cache_dir("unetkit"))


def _numpy(seen: Seen) -> Iterator[Finding]:
    if isinstance(seen, str):
        yield problem("numpy", f"does not load: {seen}" if seen else "is not installed", 'pip install "numpy>=2,<3"')
    elif int(seen["version"].partition(".")[0]) < 2:
        yield problem("numpy", f"{seen['version']}; unetkit needs 2 or later", 'pip install "numpy>=2,<3"')
    else:
        yield ok("numpy", seen["version"])
