"""Random numbers without a state: a draw depends on the seed and the number of draws before it, on nothing else."""

from typing import Any


class Chance:
    """Draws like a tf.random.Generator's, for one batch.

    A batch can so be made beside others, in any order, and from the middle of an epoch, and is the same each time.

    Args:
        seed: int32 or int64 (2,), the batch's own.
    """

    def __init__(self, seed: Any) -> None:
        self._seed, self._draws = seed, 0

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = 1, dtype: Any = "float32") -> Any:
        """Numbers in [minval, maxval)."""
        import tensorflow as tf

        return tf.random.stateless_uniform(shape, self._next(), minval, maxval, dtype)

    def normal(self, shape: Any) -> Any:
        """float32 of mean 0 and deviation 1."""
        import tensorflow as tf

        return tf.random.stateless_normal(shape, self._next())

    def _next(self) -> Any:
        import tensorflow as tf

        self._draws += 1
        return tf.random.experimental.stateless_fold_in(self._seed, self._draws)
