"""ParityReport: how far an artifact's scores and masks are from the Keras model's, through the same Segmenter."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels, Scores
from unetkit.contract.scoring import AccuracyReport
from unetkit.errors import DataError
from unetkit.export.signature import Signature
from unetkit.export.validation import SPLIT, ValidationSet
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.segmenter import Segmenter


@dataclass(frozen=True, kw_only=True)
class ParityReport:
    """An artifact beside the Keras model, on the same frames.

    Attributes:
        signature: names, types and shapes of the artifact's input and output.
        frames: how many were compared.
        max_abs_difference: largest difference of two scores, on any frame; NaN where the artifact gave one.
        score_range: largest minus smallest score of the Keras model, at least 1: what a difference is large against.
        mask_agreement: share of the pixels, 0..1, that both give the same label, on validation frames.
    """

    signature: Signature
    frames: int
    max_abs_difference: float
    score_range: float
    mask_agreement: float


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the Keras model says: the yardstick of one export.

    Besides validation frames it holds an all-dark and an all-bright one: there the pixel scaling and the borders, where
    a wrongly folded graph differs first, are all that a network sees. Masks are compared on real frames only, because
    a flat frame may lie on the edge between two classes everywhere at once.
    """

    accuracy: AccuracyReport
    frames: list[BgrFrame] = field(repr=False)
    scores: list[Scores] = field(repr=False)
    labels: list[Labels] = field(repr=False)

    @classmethod
    def measure(cls, keras_model: Segmenter, validation: ValidationSet) -> "Reference":
        """Run the Keras model over the validation split.

        Raises:
            DataError: its labels and the model's classes do not fit, or no pixel of it is labelled.
        """
        accuracy = measure_accuracy(keras_model, validation.pairs(), SPLIT)
        if np.isnan(accuracy.miou):
            raise DataError(f"no pixel of the {len(validation)} validation masks is labelled; train with other masks")
        real = validation.compared()
        frames = [*real, np.zeros_like(real[0]), np.full_like(real[0], 255)]
        return cls(
            accuracy=accuracy,
            frames=frames,
            scores=list(_scores(keras_model, frames)),
            labels=[keras_model.predict(frame).labels for frame in real],
        )

    def compare(self, artifact: Segmenter, signature: Signature) -> ParityReport:
        """Run an artifact over the same frames."""
        differences = [
            float(np.abs(given - expected).max())
            for given, expected in zip(_scores(artifact, self.frames), self.scores, strict=True)
        ]
        agreements = [
            float(np.mean(artifact.predict(frame).labels == labels))
            for frame, labels in zip(self.frames, self.labels, strict=False)  # the flat ones come last
        ]
        low, high = (float(edge([edge(item) for item in self.scores])) for edge in (np.min, np.max))
        return ParityReport(
            signature=signature,
            frames=len(self.frames),
            max_abs_difference=float(np.max(differences)),  # unlike Python's max, NaN wins
            score_range=max(1.0, high - low),
            mask_agreement=float(np.mean(agreements)),
        )


def _scores(segmenter: Segmenter, frames: Iterable[BgrFrame]) -> Iterable[Scores]:
    for frame in frames:
        tensor, _ = segmenter.preprocess(frame)
        yield segmenter.infer(tensor)
