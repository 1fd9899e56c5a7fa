"""The tutorials' pipeline as a peer: Keras `predict` a frame."""

from typing import Any

from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError, needed
from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.errors import MissingDependencyError


class KerasPredict:
    """The pipeline in its three parts."""

    def __init__(self, pipeline: TutorialPipeline) -> None:
        self._pipeline = pipeline

    def prepare(self, frame: BgrFrame) -> Any:
        return self._pipeline.prepare(frame)

    def infer(self, prepared: Any) -> Any:
        image, placement = prepared
        return self._pipeline.infer(image), placement

    def labels(self, answer: Any, hw: tuple[int, int]) -> Labels:
        scores, placement = answer
        return self._pipeline.labels(scores, placement, hw)


def keras_predict(request: PeerRequest) -> KerasPredict:
    try:
        return KerasPredict(TutorialPipeline(needed(request.checkpoint, "Keras checkpoint (--checkpoint)")))
    except MissingDependencyError as error:
        raise PeerUnavailableError(str(error)) from error
