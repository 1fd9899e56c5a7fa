"""`unetkit verify`: the export's proof, repeated on the machine that the model is for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_spec, sha256_of
from unetkit.errors import ArtifactError, MissingDependencyError, UsageError, VerificationError
from unetkit.proof.engines import Proofs, prove
from unetkit.proof.golden import FOLDER, GoldenSet, refitted
from unetkit.runtime.backends.backend import Device
from unetkit.runtime.host import HostInfo

_SCHEMA = 1
# Resizing rounds to whole steps; two builds of OpenCV may round a pixel to the step beside.
MAX_REFITTING_STEPS = 1


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a verification found.

    Attributes:
        folder: the export.
        frames: golden frames.
        refitting_steps: largest step, 0..255, by which a golden frame is fitted otherwise here than at export.
        missing: artifacts of the export that do not lie in the folder.
        proofs: of those that do.
        host: this machine.
    """

    folder: Path
    frames: int
    refitting_steps: int
    missing: tuple[str, ...]
    proofs: Proofs
    host: HostInfo

    @property
    def faults(self) -> tuple[str, ...]:
        """Why this is not the model that was exported; empty where all is proven."""
        faults = [f"{item.file} in {item.engine}: {item.reason}" for item in self.proofs.failures()]
        if self.refitting_steps > MAX_REFITTING_STEPS:
            faults.append(
                f"frames are fitted otherwise here than at export, by {self.refitting_steps} of 255 steps "
                f"(the limit is {MAX_REFITTING_STEPS}): another OpenCV"
            )
        return tuple(faults)

    def require(self) -> None:
        """Raises VerificationError: naming every fault."""
        if self.faults:
            raise VerificationError(f"{self.folder} is not the model that was exported: {'; '.join(self.faults)}")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "schema": _SCHEMA,
            "folder": str(self.folder),
            "proven": not self.faults,
            "faults": list(self.faults),
            "frames": self.frames,
            "refitting_steps": self.refitting_steps,
            "missing": list(self.missing),
            **self.proofs.to_dict(),
            "host": self.host.to_dict(),
        }


def verify_export(
    folder: Path,
    *,
    device: Device = "cpu",
    threads: int | None = None,
    max_drop: float = 1.0,
    seconds: float = 5.0,
    on_step: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Hold every artifact in an export folder against the trained model's answers that lie beside it.

    Args:
        folder: as `unetkit export` published it, or as much of it as was copied: the golden frames and a model.
        device: as for `open_backend`.
        threads: as for `open_backend`.
        max_drop: points of mIoU that an int8 artifact may lose and still be recommended.
        seconds: for timing.
        on_step: told in words what comes next.

    Raises:
        UsageError: `folder` is no export.
        ArtifactError: its golden frames or an artifact were damaged or changed, or no artifact is there.
        MissingDependencyError: no engine here opens any of its artifacts.
    """
    if not (folder / FOLDER).is_dir():
        raise UsageError(
            f"{folder} is no export: it has no folder {FOLDER}; give the folder that `unetkit export` made"
        )
    golden = GoldenSet.read(folder / FOLDER)
    there = [item for item in golden.artifacts if (folder / item.file).exists()]
    if not there:
        raise ArtifactError(f"{folder} holds none of the artifacts that its golden frames are of; copy one beside them")
    for item in there:
        if Path(item.file).name != item.file or sha256_of(folder / item.file) != item.sha256:
            raise ArtifactError(f"{folder / item.file} is not the file that was exported; copy or export it again")
    proofs = prove(
        [folder / item.file for item in there],
        golden,
        max_drop=max_drop,
        device=device,
        threads=threads,
        seconds=seconds,
        on_step=on_step,
    )
    if not any(item.parity for item in proofs.engines):
        reasons = "; ".join(dict.fromkeys(item.reason for item in proofs.engines))
        raise MissingDependencyError(f"nothing in {folder} can be opened here: {reasons[:400]}")
    return Verification(
        folder=folder,
        frames=len(golden.frames),
        refitting_steps=refitted(golden, read_spec(folder / there[0].file).input),
        missing=tuple(item.file for item in golden.artifacts if item not in there),
        proofs=proofs,
        host=HostInfo.here(),
    )
