"""An export folder of the network that is checked by hand, with golden frames, made without TensorFlow."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, write_onnx
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.artifact import sha256_of, write_spec
from unetkit.contract.preprocess import preprocess
from unetkit.proof.golden import AtExport, GoldenFrame, GoldenSet, golden_frames


class ByHand:
    """The trained model: the formula, computed in float64 and rounded once."""

    engine, device, precision, threads = "hand", "CPU", "fp32", 1

    def infer(self, tensor: InputTensor) -> Scores:
        return expected_scores(tensor).astype(np.float32)

    def close(self) -> None:
        """Nothing to give back."""


def pictures(count: int = 3) -> list[NDArray[np.uint8]]:
    generator = np.random.default_rng(5)
    return [generator.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(count)]


def golden() -> GoldenSet:
    frames = []
    for name, frame in golden_frames(pictures(), SPEC.input).items():
        tensor, _ = preprocess(frame, SPEC.input)
        frames.append(GoldenFrame(name=name, frame=frame, tensor=tensor, scores=ByHand().infer(tensor)))
    return GoldenSet(frames=tuple(frames))


def write_export(folder: Path, *, change: dict[str, float] | None = None) -> Path:
    """`model.onnx`, `model.fp16.onnx`, `model.int8.onnx` and the golden frames."""
    folder.mkdir(exist_ok=True)
    artifacts = []
    # half a step of 1/32, the scores' own, and twice float16's rounding
    for precision, difference in (("fp32", 1e-6), ("fp16", 4e-3), ("int8", 1 / 64)):
        infix = "" if precision == "fp32" else f".{precision}"
        path = write_onnx(folder / f"model{infix}.onnx", precision)
        write_spec(path, replace(SPEC, provenance={"precision": precision}))
        artifacts.append(
            AtExport(
                file=path.name,
                sha256=sha256_of(path),
                precision=precision,
                max_abs_difference=difference,
                mask_agreement=0.99,
                miou=0.8,
                miou_change=(change or {}).get(precision, 0.0),
            )
        )
    replace(golden(), artifacts=tuple(artifacts)).write(folder / "golden")
    return folder
