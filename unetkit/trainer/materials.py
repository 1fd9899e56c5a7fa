"""What a training is made of before it has a network."""

import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from unetkit.contract.spec import ModelSpec
from unetkit.data.catalog import format_of
from unetkit.data.checking.check import quick_check
from unetkit.data.checking.finding import Finding, Severity, printable
from unetkit.data.dataset import Dataset
from unetkit.data.framecache import FrameCache
from unetkit.data.record import DataRecord
from unetkit.data.shards import Rows
from unetkit.data.split import training_split
from unetkit.errors import UsageError
from unetkit.trainer.augmentation.backgrounds import require_background
from unetkit.trainer.board import require_tensorboard
from unetkit.trainer.cluster import Cluster
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.feed import Feed
from unetkit.trainer.losses import make_loss
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.rendezvous import meet
from unetkit.trainer.replicas import Replicas
from unetkit.trainer.teacher import Teacher
from unetkit.trainer.tensorflow_setup import Accelerator, prepare
from unetkit.version import VERSION


@dataclass(frozen=True, kw_only=True)
class Materials:
    """Checked, decoded, and on a device.

    Attributes:
        spec: of the model.
        cache: pictures and masks.
        record: which of them train and which validate.
        splits: of the data set, that they come from: to train on, to validate on.
        accelerator: what it runs on.
        replicas: how many of it, in step.
        soft: a teacher's probabilities, uint8 (N, H, W, classes), a row a picture of the cache.
    """

    spec: ModelSpec
    cache: FrameCache
    record: DataRecord
    splits: tuple[str, str] = ("train", "validation")
    accelerator: Accelerator
    replicas: Replicas
    soft: Rows | None

    def feed(self, config: TrainConfig) -> Feed:
        """The training pictures, as a config wants them."""
        return Feed(self.cache, self.cache.rows(self.record.train), self.spec.input, config, self.soft)


def gather(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    data_dir: Path | None,
    events: TrainEvents,
    *,
    cluster: Cluster | None = None,
    require_gpu: bool = False,
) -> Materials:
    """Check, prepare and decode all that is needed before a network is built.

    Args:
        dataset: pictures with masks.
        config: resolved.
        out: the run folder; frames are cached beside it, and it names the model.
        data_dir: where the user said data lies.
        events: progress callbacks.
        cluster: the machines that train together.
        require_gpu: refuse to train on a CPU.

    Raises:
        As `train` does.
    """
    spec = model_spec(dataset, config, name=_model_name(out) or config.network)
    make_loss(config.loss, spec)  # a wrong loss is known before the pictures are decoded
    require_background(dataset.classes, config.backgrounds)
    if config.tensorboard:
        require_tensorboard()
    split = training_split(dataset, seed=config.seed, fraction=config.validation_fraction)
    if cluster is not None:
        events.started(f"waiting for all of {', '.join(cluster.workers)}; this is {cluster.workers[cluster.rank]}")
        wanted = {name: str(value) for name, value in asdict(config).items()}
        meet(cluster, {"unetkit": VERSION, "data digest": dataset.digest()[:16], **wanted})
    _warn(quick_check(dataset, (*split.train, *split.validation)), dataset, events)
    accelerator, replicas = prepare(
        config.seed,
        precision=config.precision,
        dense=NETWORKS[config.network].dense and cluster is None,  # machines may differ in what they multiply
        cluster=cluster,
        deterministic=config.deterministic,
        require_gpu=require_gpu,
    )
    teacher = open_teacher(config, spec, accelerator)
    names = (*split.train, *split.validation)
    cache = FrameCache.build(dataset, names, spec.input, out.parent / ".cache", progress=events.decoded)
    record = DataRecord(
        reference=dataset.reference,
        data_dir=str(data_dir.absolute()) if data_dir else None,
        digest=dataset.digest(),
        train=split.train,
        validation=split.validation,
        cache=str(cache.folder),
        data_format=format_of(dataset),
    )
    return Materials(
        spec=spec,
        cache=cache,
        record=record,
        splits=(split.train_name, split.validation_name),
        accelerator=accelerator,
        replicas=replicas,
        soft=teacher.maps(cache, progress=events.taught) if teacher is not None else None,
    )


def _warn(findings: list[Finding], dataset: Dataset, events: TrainEvents) -> None:
    """A line for each kind of warning; what is an error stops the decoding, which names it."""
    warnings = Counter(finding.code for finding in findings if finding.kind.severity is Severity.WARNING)
    for code, count in warnings.items():
        first = next(finding for finding in findings if finding.code == code)
        events.started(
            f"warning: {count} {first.kind.title} in a sample of the data, the first is {printable(first.file)}: "
            f"{first.kind.advice}; `unetkit data check {dataset.reference}` names all"
        )


def open_teacher(config: TrainConfig, spec: ModelSpec, accelerator: Accelerator) -> Teacher | None:
    """The config's teacher, where it has one.

    Raises:
        UsageError: no run, or of other classes.
        ArtifactError: its checkpoint cannot be read.
    """
    if not config.teacher:
        return None
    return Teacher.open(Path(config.teacher), spec, on_cpu=accelerator.device == "CPU")


def model_spec(dataset: Dataset, config: TrainConfig, *, name: str) -> ModelSpec:
    """What the device will be told of a model.

    Raises:
        UsageError: a head that does not take the data's classes, or a size that the network does not.
    """
    network = NETWORKS[config.network]
    spec_input = network.input_spec(config.size, depth=config.depth, halved=config.half_size > 0)
    two = len(dataset.classes) == 2
    if config.head == "sigmoid" and not two:
        raise UsageError(f"a sigmoid head takes two classes, the data has {len(dataset.classes)}; use softmax")
    return ModelSpec(
        name=name,
        input=spec_input,
        classes=dataset.classes,
        head="sigmoid" if config.head == "sigmoid" or (config.head == "auto" and two) else "softmax",
        scores=network.scores,
        provenance={"network": config.network, "data_digest": dataset.digest(), "unetkit": VERSION},
    )


def _model_name(out: Path) -> str:
    """The folder's name with a dash for what a model's name may not hold; empty when nothing is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", out.absolute().name).strip("._-")[:100]
