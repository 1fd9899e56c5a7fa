"""Segmenter: a model file, ready for frames."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from unetkit.contract.arrays import BgrFrame, InputTensor, Scores
from unetkit.contract.artifact import read_spec
from unetkit.contract.buffers import Buffers
from unetkit.contract.edges import Edges, follows_edges
from unetkit.contract.postprocess import Mask, postprocess
from unetkit.contract.preprocess import Placement, preprocess
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Backend, Device, Engine
from unetkit.runtime.backends.opening import open_backend
from unetkit.runtime.model_choice import model_path, model_paths

if TYPE_CHECKING:
    from unetkit.runtime.enginechoice.lane import Flow


class Segmenter:
    """Frames in, masks out, at frame size.

    Example:
        mask = Segmenter.open("model.int8.onnx").predict(cv2.imread("cat.jpg"))
        mask.labels  # uint8 (H, W), index of each pixel's class

    Attributes:
        path: the model file.
        spec: what it is: classes, input, head.
        backend: the engine and device that run it.
        guided: whether masks follow the frame's edges; else the scores alone decide.
    """

    def __init__(self, path: Path, spec: ModelSpec, backend: Backend, *, edges: Edges = "plain") -> None:
        self.path = path
        self.spec = spec
        self.backend = backend
        self.guided = follows_edges(edges, spec)
        self._tensors, self._labels = Buffers(), Buffers()  # two: these stages may run in two threads

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        engine: Engine = "auto",
        device: Device = "auto",
        threads: int | None = None,
        edges: Edges = "plain",
        whole: bool = False,
    ) -> Self:
        """Open a model file, or by its name one of the box; see `open_backend` for the arguments and what is raised.

        Edges are "plain", "guided" (masks follow the frame's edges) or "auto" (see `follows_edges`).
        """
        path = model_path(str(path), engine=engine, device=device)
        spec = read_spec(path)
        backend = open_backend(path, spec, engine=engine, device=device, threads=threads, whole=whole)
        return cls(path, spec, backend, edges=edges)

    @classmethod
    def fastest(
        cls, path: str | Path, *, device: Device = "auto", threads: int | None = None, flow: "Flow" = "network"
    ) -> Self:
        """Open a model in the engine, and with the threads, that a timing finds fastest here.

        The first time that takes seconds; the timing is kept. See `choose_engine`.

        Args:
            path: a file, an export folder, or a name of the box; of the last two the fastest of their files is taken.
            device: as for `open_backend`.
            threads: the same; None leaves them open, too.
            flow: what is timed: the `network` alone; beside the decoding of the next frame, as a `live` run does it;
                whole frames, as the run of a `file` does them.
        """
        from unetkit.runtime.enginechoice.choice import choose_engine

        choice = choose_engine(model_paths(str(path), device=device), device=device, threads=threads, flow=flow)
        return cls.open(choice.path, engine=choice.engine, device=choice.device, threads=choice.threads)

    def preprocess(self, frame: BgrFrame, *, out: InputTensor | None = None) -> tuple[InputTensor, Placement]:
        """uint8 (H, W, 3) BGR frame -> the model's tensor, and where the frame lies in it."""
        if out is None:
            out = self._tensors.empty((1, *self.spec.input.hw, 3))
        return preprocess(frame, self.spec.input, out=out, buffers=self._tensors)

    def infer(self, tensor: InputTensor) -> Scores:
        """uint8 (1, h, w, 3) BGR tensor -> float32 (h, w, C) scores."""
        return self.backend.infer(tensor)

    def postprocess(
        self, scores: Scores, placement: Placement, keep_scores: bool = False, *, frame: BgrFrame | None = None
    ) -> Mask:
        """float32 (h, w, C) scores -> mask at frame size; guided it needs the frame, uint8 (H, W, 3) BGR, too."""
        if self.guided and frame is None:
            raise UsageError("masks are to follow the frame's edges: give `postprocess` the frame")
        guide = frame if self.guided else None
        return postprocess(scores, placement, self.spec, keep_scores=keep_scores, buffers=self._labels, guide=guide)

    def predict(self, frame: BgrFrame, keep_scores: bool = False) -> Mask:
        """Segment one frame.

        Args:
            frame: uint8 (H, W, 3) BGR, any size, as OpenCV reads it.
            keep_scores: leave the float32 (h, w, C) scores on the mask.

        Raises:
            DataError: the frame is not uint8 (H, W, 3), or is empty.
        """
        tensor, placement = self.preprocess(frame)
        return self.postprocess(self.infer(tensor), placement, keep_scores, frame=frame)

    def close(self) -> None:
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
