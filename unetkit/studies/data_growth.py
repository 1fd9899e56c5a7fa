"""What a training costs as the data grows: time and memory at 1,000, 10,000 and 100,000 generated pictures.

`python -m unetkit.studies.data_growth --out growth.json`

Each size has a process of its own, which decodes into the cache and trains one epoch of `edge-nano`. Memory is sampled
while it runs and told apart: the process's own (anonymous), which nothing can take back, and mapped pages of the cache,
which the system drops when it wants the room.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from unetkit.contract.publish import publish_text
from unetkit.data.synthetic import SyntheticDataset
from unetkit.runtime.host import HostInfo
from unetkit.script import one_line_errors
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.loop import TrainingLoop
from unetkit.trainer.materials import gather

SIDE = 32
SAMPLED_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One size of data.

    Attributes:
        pictures: to train on.
        decode_s: to fill the cache, in processor seconds, which other load does not change.
        epoch_s: to train an epoch, behind one step that compiles; likewise.
        own_mib: most anonymous memory while decoding and training.
        before_mib: the same before the data set was opened, with TensorFlow imported.
    """

    pictures: int
    decode_s: float
    epoch_s: float
    own_mib: float
    before_mib: float

    def line(self) -> str:
        return (
            f"{self.pictures:>9,} pictures: decoded in {self.decode_s:.1f} processor s, "
            f"epoch {self.epoch_s:.1f} processor s ({self.pictures / self.epoch_s:,.0f} pictures each), "
            f"own memory {self.own_mib:,.0f} MiB, {self.before_mib:,.0f} before"
        )


class _Memory(threading.Thread):
    """Samples this process's anonymous memory; Linux only."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_mib, self._ended = 0.0, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_S):
            self.most_mib = max(self.most_mib, own_mib())

    def end(self) -> float:
        self._ended.set()
        self.join()
        return self.most_mib


def own_mib() -> float:
    """Anonymous memory of this process, in MiB (proc(5), RssAnon)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 2**10
    return 0.0


def measure_growth(pictures: int, folder: Path) -> Growth:
    """Decode and train one epoch, in this process."""
    import tensorflow  # noqa: F401  (its own memory is not the data's)

    config = TrainConfig(network="edge-nano", size=SIDE, epochs=1, half_size=0.0, norm_frozen=0.0)
    dataset = SyntheticDataset(hw=(SIDE, SIDE), train=pictures, validation=32, test=1)
    before, memory = own_mib(), _Memory()
    memory.start()
    started = time.process_time()
    materials = gather(dataset, config, folder / "run", None, TrainEvents())
    decoded = time.process_time()
    feed = materials.feed(config)
    loop = TrainingLoop(config, materials.spec, feed, materials.accelerator, materials.replicas)
    loop.step_on(next(iter(feed.batches(1, half=False))))
    compiled = time.process_time()
    loop.epoch(1, [], stepped=lambda _pace: None)
    trained = time.process_time()
    return Growth(
        pictures=pictures,
        decode_s=decoded - started,
        epoch_s=trained - compiled,
        own_mib=memory.end(),
        before_mib=before,
    )


def main(
    sizes: Annotated[str, typer.Option(help="Pictures, joined by commas.")] = "1000,10000,100000",
    out: Annotated[Path | None, typer.Option(help="JSON.")] = None,
    alone: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Measure time and memory as the data grows."""
    with one_line_errors():
        if alone:
            with tempfile.TemporaryDirectory() as folder:
                typer.echo(json.dumps(asdict(measure_growth(int(sizes), Path(folder)))))
            return
        rows = []
        for size in sizes.split(","):
            command = [sys.executable, "-m", "unetkit.studies.data_growth", "--sizes", size, "--alone"]
            ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(Growth(**json.loads(ended.stdout.splitlines()[-1])))
            typer.echo(rows[-1].line())
        if out is not None:
            report = {"host": HostInfo.here().to_dict(), "sizes": [asdict(row) for row in rows]}
            publish_text(out, json.dumps(report, indent=1))


if __name__ == "__main__":
    typer.run(main)
