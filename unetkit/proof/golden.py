"""GoldenSet: frames, and what the trained model made of them; it travels with an export, so that any device can check.

golden/index.json        the frames, what each artifact was like at export, digests
golden/NAME.png          a frame as a camera gives it
golden/expected.npz      NAME.tensor, uint8 (H, W, 3): what the frame was fitted to; NAME.scores, float32 (H, W, C)
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, InputTensor, Scores
from unetkit.contract.preprocess import preprocess
from unetkit.contract.spec import InputSpec
from unetkit.errors import ArtifactError, OutputError
from unetkit.runtime.segmenter import Segmenter

FOLDER = "golden"
INDEX, EXPECTED = "index.json", "expected.npz"
_SCHEMA = 1
_MAX_BYTES = 1 << 30
_REAL_FRAMES = 4
# A flat frame may lie on the edge between two classes everywhere at once: its scores are compared, not its mask.
FLAT = frozenset({"dark", "bright"})


@dataclass(frozen=True, kw_only=True)
class GoldenFrame:
    """One frame and the trained model's answer.

    Attributes:
        name: what it is: `real1`, `dark`, `wide`, ...
        frame: uint8 (H, W, 3) BGR.
        tensor: uint8 (1, h, w, 3): the frame as the contract fitted it where the model was exported.
        scores: float32 (h, w, C) of the Keras model.
    """

    name: str
    frame: BgrFrame = field(repr=False)
    tensor: InputTensor = field(repr=False)
    scores: Scores = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AtExport:
    """What an artifact was like where it was exported, in the engine that it is for.

    Attributes:
        file: its name in the export folder.
        sha256: of the file.
        precision: `fp32`, `fp16`, `dynamic` or `int8`.
        max_abs_difference: of a golden score from the Keras model's.
        mask_agreement: share of the golden masks' pixels equal to the Keras model's.
        miou: on the validation split.
        miou_change: against the Keras model; negative is worse.
    """

    file: str
    sha256: str
    precision: str
    max_abs_difference: float
    mask_agreement: float
    miou: float
    miou_change: float


@dataclass(frozen=True, kw_only=True)
class GoldenSet:
    """The golden frames of one export."""

    frames: tuple[GoldenFrame, ...]
    artifacts: tuple[AtExport, ...] = ()

    @classmethod
    def make(cls, keras_model: Segmenter, pictures: Sequence[BgrFrame]) -> "GoldenSet":
        """Real pictures, the extremes, noise, and other shapes than the model's.

        Args:
            keras_model: the trained model, opened.
            pictures: at least one, uint8 (H, W, 3) BGR, of the validation split; a few evenly spaced ones are taken.
        """
        frames = golden_frames(pictures, keras_model.spec.input)
        made = []
        for name, frame in frames.items():
            tensor, _ = keras_model.preprocess(frame)
            made.append(GoldenFrame(name=name, frame=frame, tensor=tensor, scores=keras_model.infer(tensor)))
        return cls(frames=tuple(made))

    @property
    def score_range(self) -> float:
        """Largest minus smallest score of the Keras model, at least 1: what a difference is large against."""
        low = min(float(item.scores.min()) for item in self.frames)
        high = max(float(item.scores.max()) for item in self.frames)
        return max(1.0, high - low)

    def at_export(self, file: str) -> AtExport | None:
        return next((item for item in self.artifacts if item.file == file), None)

    def write(self, folder: Path) -> None:
        """Write the frames and the index into `folder`, which is made.

        Raises:
            OutputError: a picture cannot be written.
        """
        folder.mkdir(exist_ok=True)
        for item in self.frames:
            if not cv2.imwrite(str(folder / f"{item.name}.png"), item.frame):
                raise OutputError(f"cannot write {folder / item.name}.png; choose another place or make room")
        arrays = {f"{item.name}.tensor": item.tensor[0] for item in self.frames}
        arrays |= {f"{item.name}.scores": item.scores for item in self.frames}
        _write_arrays(folder / EXPECTED, arrays)
        index = {
            "schema": _SCHEMA,
            "frames": [item.name for item in self.frames],
            "sha256": {file.name: _sha256(file) for file in sorted(folder.iterdir()) if file.name != INDEX},
            "artifacts": [asdict(item) for item in self.artifacts],
        }
        (folder / INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "GoldenSet":
        """Read what `write` wrote; it may come from a stranger.

        Raises:
            ArtifactError: missing, damaged, of another form, or too large.
        """
        try:
            index = json.loads(_content(folder / INDEX).decode("utf-8"))
            if index["schema"] != _SCHEMA:
                raise ArtifactError(f"it is of schema {index['schema']!a}, this version reads {_SCHEMA}")
            for name, digest in index["sha256"].items():
                if Path(name).name != name or _sha256(folder / name) != digest:
                    raise ArtifactError(f"its {name!a} was damaged or changed after the export")
            expected = _read_arrays(folder / EXPECTED)
            frames = tuple(_frame(folder, str(name), expected) for name in index["frames"])
            artifacts = tuple(AtExport(**item) for item in index["artifacts"])
        except (ArtifactError, OSError, ValueError, KeyError, TypeError, AttributeError, cv2.error) as error:
            raise ArtifactError(
                f"{folder} holds no usable golden frames ({str(error)[:200]}); export the model again"
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise ArtifactError(f"{folder / EXPECTED} is damaged ({error}); export the model again") from error
        if not frames:
            raise ArtifactError(f"{folder} holds no golden frames; export the model again")
        return cls(frames=frames, artifacts=artifacts)


def golden_frames(pictures: Sequence[BgrFrame], spec: InputSpec) -> dict[str, BgrFrame]:
    """The frames by name; the made ones are the same for every model of a size."""
    height, width = spec.hw
    chosen = np.unique(np.linspace(0, len(pictures) - 1, min(len(pictures), _REAL_FRAMES)).round().astype(int))
    frames = {f"real{number}": np.array(pictures[index]) for number, index in enumerate(chosen, 1)}
    first = frames["real1"]
    border = np.zeros((height, width, 3), np.uint8)
    border[[0, -1]], border[:, [0, -1]] = 255, (255, 0, 128)
    return {
        **frames,
        "dark": np.zeros((height, width, 3), np.uint8),
        "bright": np.full((height, width, 3), 255, np.uint8),
        "border": border,  # where a wrongly folded padding shows
        "noise": np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8),
        "wide": cv2.resize(first, (3 * width + 1, max(1, height // 2))).astype(np.uint8),
        "tall": cv2.resize(first, (max(1, width // 3), 2 * height + 1)).astype(np.uint8),
    }


def _frame(folder: Path, name: str, expected: dict[str, Any]) -> GoldenFrame:
    if not name.isalnum():
        raise ArtifactError(f"a frame is called {name[:80]!a}")
    frame = cv2.imdecode(np.frombuffer(_content(folder / f"{name}.png"), np.uint8), cv2.IMREAD_COLOR)
    tensor, scores = expected[f"{name}.tensor"], expected[f"{name}.scores"]
    if frame is None or tensor.dtype != np.uint8 or scores.dtype != np.float32 or scores.shape[:2] != tensor.shape[:2]:
        raise ArtifactError(f"its frame {name} is not whole")
    return GoldenFrame(name=name, frame=frame.astype(np.uint8), tensor=tensor[np.newaxis], scores=scores)


def _write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """As `np.savez_compressed`, without the time of day: the same export gives the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), "w") as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def _read_arrays(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > _MAX_BYTES:
            raise ArtifactError(f"its {path.name} unpacks to over {_MAX_BYTES:,} bytes")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _content(path: Path) -> bytes:
    if path.stat().st_size > _MAX_BYTES:
        raise ArtifactError(f"its {path.name} is over {_MAX_BYTES:,} bytes")
    return path.read_bytes()


def _sha256(path: Path) -> str:
    return hashlib.sha256(_content(path)).hexdigest()


def refitted(golden: GoldenSet, spec: InputSpec) -> int:
    """The largest step, 0..255, by which this machine fits a golden frame otherwise than the exporting one did."""
    return max(
        int(np.abs(preprocess(item.frame, spec)[0].astype(np.int16) - item.tensor).max()) for item in golden.frames
    )
