"""A training in a process of its own, for tests that kill it or that need several: `python -m ... JSON`.

Standard output has a line an epoch: its number, loss and validation loss.
"""

import json
import os
import sys
from pathlib import Path

from tests.tf.trainer.tinynetwork import build_tiny
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import UnetkitError
from unetkit.trainer import course, tensorflow_setup
from unetkit.trainer.cluster import Cluster
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.history import Epoch
from unetkit.trainer.networks import NETWORKS, Network
from unetkit.trainer.replicas import Replicas
from unetkit.trainer.training import resume, train

DATA = SyntheticDataset(hw=(32, 32), train=40, validation=3, test=1)


def told(epoch: Epoch) -> None:
    sys.stdout.write(f"{epoch.epoch} {epoch.loss:.9f} {epoch.val_loss:.9f}\n")
    sys.stdout.flush()


def in_one_machine(devices: int) -> None:
    """Let the CPU pass for several devices under the strategy that several GPUs train with."""
    import tensorflow as tf

    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(devices)]
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    names = [f"CPU:{number}" for number in range(devices)]
    tensorflow_setup._replicas = lambda tf, *_: Replicas(tf.distribute.MirroredStrategy(names))


def main() -> None:
    """Keys: out, config, resume, workers, rank, devices, saved_every_s."""
    wanted = json.loads(sys.argv[1])
    if "devices" in wanted:
        in_one_machine(wanted["devices"])
    NETWORKS["edge"] = Network(name="edge", builder=build_tiny, depths=(4,))
    course.SAVED_EVERY_S = wanted.get("saved_every_s", 600)
    out, cluster = Path(wanted["out"]), Cluster.of(wanted.get("workers"), wanted.get("rank"))
    events = TrainEvents(epoch_done=told)
    try:
        if wanted.get("resume"):
            resume(out, events=events, cluster=cluster)
        else:
            train(DATA, TrainConfig(**wanted["config"]), out, events=events, cluster=cluster)
    except UnetkitError as error:
        sys.stderr.write(f"told: {error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)  # TensorFlow's collectives can hang the interpreter's end


if __name__ == "__main__":
    main()
