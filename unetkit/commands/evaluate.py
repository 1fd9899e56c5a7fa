"""`unetkit evaluate`."""

from typing import Annotated

import typer

from unetkit.commands.options import (
    AsJson,
    DataArgument,
    DataDir,
    DataFormatName,
    DataFormatOption,
    Device,
    DeviceName,
    Engine,
    EngineName,
    ModelArgument,
    Threads,
)
from unetkit.commands.outputoptions import Edges, EdgesName


def evaluate(
    model: ModelArgument,
    data: DataArgument = None,
    split: Annotated[str, typer.Option(help="test, validation, trainval, ... as the data set names them.")] = "test",
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
    edges: Edges = EdgesName.PLAIN,
    data_format: DataFormatOption = DataFormatName.AUTO,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Score a model on a split of a data set. At the pictures' own size, through the runtime that devices use."""
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.evaluation import evaluate_model
    from unetkit.runtime.model_choice import model_path
    from unetkit.runtime.segmenter import Segmenter
    from unetkit.terminal.accuracy import show_accuracy
    from unetkit.terminal.progress import progress

    path = model_path(model, engine=engine.value, device=device.value)
    with Segmenter.open(
        path, engine=engine.value, device=device.value, threads=threads, edges=edges.value
    ) as segmenter:
        with progress("downloading") as downloaded:
            dataset = open_dataset(data, data_dir, data_format=data_format.value, progress=downloaded)
        with progress("scoring") as scored:
            report = evaluate_model(segmenter, dataset, split, progress=scored)
    show_accuracy(report, path, as_json=as_json)
