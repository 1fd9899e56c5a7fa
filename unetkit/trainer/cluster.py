"""Several machines that train together: who they are, and which of them this one is."""

import json
import os
import re
from dataclasses import dataclass

from unetkit.errors import UsageError

TF_CONFIG = "TF_CONFIG"
_ADDRESS = re.compile(r"(?P<host>[^\s:,]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Workers in the order that all of them agree on; the first is the chief, which writes the run.

    Attributes:
        workers: `host:port` of each, reachable from all.
        rank: of this one.
    """

    workers: tuple[str, ...]
    rank: int

    @property
    def is_chief(self) -> bool:
        return self.rank == 0

    @classmethod
    def of(cls, workers: str | None, rank: int | None) -> "Cluster | None":
        """From the command line, else from the environment's `TF_CONFIG`; None where neither names any.

        Args:
            workers: `host:port,host:port,...`.
            rank: of this machine, from 0.

        Raises:
            UsageError: an address that is none, a rank outside the list, one without the other, a broken `TF_CONFIG`.
        """
        if workers is None and rank is None:
            return _from_environment()
        if workers is None or rank is None:
            raise UsageError("several machines need both: --workers host:port,host:port,... and --rank N of this one")
        return cls._checked(tuple(part.strip() for part in workers.split(",")), rank, "--workers")

    @classmethod
    def _checked(cls, workers: tuple[str, ...], rank: int, source: str) -> "Cluster":
        for worker in workers:
            match = _ADDRESS.fullmatch(worker)
            if match is None or not 0 < int(match["port"]) < 65536:
                raise UsageError(f"{source}: {worker!r} is no address; expected host:port, the port 1 to 65535")
        if len(set(workers)) < len(workers):
            raise UsageError(f"{source} names an address twice: {','.join(workers)}")
        if not 0 <= rank < len(workers):
            raise UsageError(f"rank {rank} is none of the {len(workers)} workers; they count from 0")
        return cls(workers=workers, rank=rank)

    def announce(self) -> None:
        """Tell TensorFlow, which reads it when the strategy is made."""
        task = {"type": "worker", "index": self.rank}
        os.environ[TF_CONFIG] = json.dumps({"cluster": {"worker": list(self.workers)}, "task": task})


def _from_environment() -> Cluster | None:
    text = os.environ.get(TF_CONFIG, "")
    if not text:
        return None
    try:
        table = json.loads(text)
        workers, task = tuple(table["cluster"]["worker"]), table["task"]
        kind, rank = task["type"], int(task["index"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{TF_CONFIG} is not a cluster of workers ({error}); give --workers and --rank") from error
    others = sorted(set(table["cluster"]) - {"worker"})
    if kind != "worker" or others:
        raise UsageError(
            f"{TF_CONFIG} has {', '.join(others) or kind}; unetkit trains with workers only, the first is the chief"
        )
    return Cluster._checked(workers, rank, TF_CONFIG)
