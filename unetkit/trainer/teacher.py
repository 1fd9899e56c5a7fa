"""A trained run as a teacher: its probabilities on the training pictures, computed once, then warped with the masks.

Computing them anew for every augmented batch would cost several times the student's own training. Here the teacher sees
each picture whole and as it is, which is also where it is best (Beyer et al. 2022, arXiv:2106.05237, call it a fixed
teacher); its maps then go through the same geometry as the mask does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.postprocess import scores_on_frame
from unetkit.contract.preprocess import normalise, place, preprocess
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.shards import Rows, new_shard, open_rows, shard_file
from unetkit.errors import UsageError
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.cpulayers import for_cpu
from unetkit.trainer.losses import class_log_probabilities

BATCH = 32


class Teacher:
    """A checkpoint that answers for whole batches of pictures.

    Args:
        checkpoint: of the same classes as the student.
        on_cpu: whether to compute with the layers that are fastest there.
    """

    def __init__(self, checkpoint: Checkpoint, *, on_cpu: bool) -> None:
        import tensorflow as tf

        self.sha256, self._spec = checkpoint.sha256, checkpoint.spec
        network = for_cpu(checkpoint.model) if on_cpu else checkpoint.model

        @tf.function(reduce_retracing=True)
        def probabilities(frames: Any) -> Any:
            scores = network(normalise(tf.cast(frames, tf.float32), checkpoint.spec.input), training=False)
            return tf.exp(class_log_probabilities(scores, checkpoint.spec))

        self._probabilities = probabilities

    @classmethod
    def open(cls, run: Path, student: ModelSpec, *, on_cpu: bool) -> "Teacher":
        """The best checkpoint of a run.

        Args:
            run: a run folder, or a .keras file.
            student: has to have the same classes in the same order.
            on_cpu: whether to compute with the layers that are fastest there.

        Raises:
            UsageError: no run, or of other classes.
            ArtifactError: the checkpoint cannot be read.
        """
        path = run if run.suffix == ".keras" else RunFolder.open(run).checkpoint
        checkpoint = Checkpoint.load(path)
        if checkpoint.spec.class_names != student.class_names:
            raise UsageError(
                f"teacher {run} knows the classes {', '.join(checkpoint.spec.class_names)}, "
                f"the data has {', '.join(student.class_names)}; they have to be the same"
            )
        return cls(checkpoint, on_cpu=on_cpu)

    def maps(self, cache: FrameCache, *, progress: Callable[[int, int], None] | None = None) -> Rows:
        """Probabilities on every picture of a cache, averaged over the picture and its mirror image.

        They are kept beside the cache's own arrays and read from there the next time.

        Args:
            cache: the student's pictures, at the student's size.
            progress: called with (done, total).

        Returns:
            uint8 (N, H, W, classes), 255 = certain, memory-mapped and read-only; H and W are the student's.

        Raises:
            OutputError: the folder cannot be written.
        """
        stem, row = f"teacher-{self.sha256[:16]}", (*cache.labels.shape[1:], len(self._spec.classes))
        for number, span in enumerate(cache.sharding.spans()):
            file = shard_file(cache.folder, stem, number)
            if not file.is_file():
                with new_shard(file, (len(span), *row)) as maps:
                    for start in range(span.start, span.stop, BATCH):
                        stop = min(start + BATCH, span.stop)
                        maps.write(self._answer(cache.frames[start:stop]).data)
                        if progress is not None:
                            progress(stop, len(cache.names))
        return open_rows(cache.folder, stem, cache.sharding, row)

    def _answer(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Frames uint8 (N, H, W, 3) -> probabilities uint8 (N, H, W, classes), of 255."""
        mirrored = self._seen(frames[:, :, ::-1])[:, :, ::-1]
        return np.ascontiguousarray(np.rint((self._seen(frames) + mirrored) * (255 / 2)).astype(np.uint8))

    def _seen(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Frames uint8 (N, H, W, 3) -> probabilities float32 (N, H, W, classes)."""
        tensors = np.concatenate([preprocess(np.ascontiguousarray(frame), self._spec.input)[0] for frame in frames])
        placement = place(frames.shape[1:3], self._spec.input)
        return np.stack([scores_on_frame(scores, placement) for scores in self._probabilities(tensors).numpy()])
