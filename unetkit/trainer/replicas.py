"""Copies of the network in step: one, one a GPU, or one a machine; the training loop is the same for all.

A step's batch is divided between the copies, and their gradients are averaged before each of them takes the same step
(synchronous data parallelism, as `tf.distribute` has it).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from unetkit.errors import UsageError
from unetkit.trainer.cluster import Cluster


class Replicas:
    """What the loop knows of the devices it trains on.

    Args:
        strategy: a tf.distribute.Strategy.
        cluster: the machines, where there are several.
    """

    def __init__(self, strategy: Any, cluster: Cluster | None = None) -> None:
        self._strategy = strategy
        self.count: int = strategy.num_replicas_in_sync
        self.workers = len(cluster.workers) if cluster else 1
        self.rank = cluster.rank if cluster else 0

    @classmethod
    def alone(cls) -> "Replicas":
        """One copy, on the device that TensorFlow takes by itself."""
        import tensorflow as tf

        return cls(tf.distribute.get_strategy())

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.rank == 0

    @property
    def told(self) -> str:
        """How many there are, for a line that names the device; nothing for one."""
        machines = f" on {self.workers} machines" if self.workers > 1 else ""
        return f", {self.count} devices{machines} in step" if self.count > 1 else ""

    def scope(self) -> AbstractContextManager[Any]:
        """Variables that are made inside are kept alike on all devices."""
        return self._strategy.scope()  # type: ignore[no-any-return]

    def require_divisible(self, batch: int) -> None:
        """Refuse a batch that cannot be shared out.

        Raises:
            UsageError: it does not divide; names the next that do.
        """
        if batch % self.count:
            lower, upper = batch // self.count * self.count, (batch // self.count + 1) * self.count
            offer = f"{lower} or {upper}" if lower else f"{upper}"
            raise UsageError(f"batch {batch} does not divide by {self.count} devices; use {offer}")

    def share(self, batches: Callable[[int, int], Any]) -> Any:
        """This process's part of the batches, spread over its devices.

        Args:
            batches: (part, parts) -> a tf.data.Dataset of that part of each batch.
        """
        import tensorflow as tf

        if self.count == 1:
            return batches(0, 1)
        local = self.count // self.workers

        def of_this_worker(_context: Any) -> Any:
            parts = [batches(self.rank * local + index, self.count) for index in range(local)]
            turns = tf.data.Dataset.range(local).repeat()
            return tf.data.Dataset.choose_from_datasets(parts, turns, stop_on_empty_dataset=True)

        return self._strategy.distribute_datasets_from_function(of_this_worker)

    def run(self, step: Callable[[Any], Any], batch: Any) -> Any:
        """One step on every device; the mean of the scalars they return."""
        import tensorflow as tf

        if self.count == 1:
            return step(batch)
        return self._strategy.reduce(tf.distribute.ReduceOp.MEAN, self._strategy.run(step, args=(batch,)), axis=None)

    def averaged(self, gradients: Sequence[Any]) -> Sequence[Any]:
        """Within a step: the gradients' mean over the devices, divided by their number.

        Keras' optimisers clip what they are given and sum it over the devices afterwards. Each of them so clips the
        same share of the mean, at a bound divided alike, and the sum is what one device would have applied.
        """
        import tensorflow as tf

        if self.count == 1:
            return gradients
        context = tf.distribute.get_replica_context()
        return [
            gradient / self.count**2 for gradient in context.all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))
        ]

    def agree(self, value: float) -> float:
        """The chief's value, on every machine."""
        import tensorflow as tf

        if self.workers == 1:
            return value

        def told() -> Any:
            first = tf.distribute.get_replica_context().replica_id_in_sync_group == 0
            return tf.where(first, tf.constant(value, tf.float64), tf.constant(0.0, tf.float64))

        each = self._strategy.run(tf.function(told))
        return float(self._strategy.reduce(tf.distribute.ReduceOp.SUM, each, axis=None))
