"""From what a user says about a model to the opened model, for the commands that run one."""

from typing import TYPE_CHECKING

from unetkit.commands.options import DeviceName, EngineName
from unetkit.commands.outputoptions import EdgesName
from unetkit.errors import UsageError

if TYPE_CHECKING:
    from unetkit.runtime.segmenter import Segmenter


def open_for_running(
    model: str | None,
    *,
    engine: EngineName,
    device: DeviceName,
    threads: int | None,
    retime: bool,
    require_device: DeviceName | None,
    edges: EdgesName | None = None,
    file: bool = False,
) -> "Segmenter":
    """Choose file, engine and threads, open the model, and say all of it.

    Args:
        model: file, folder or built-in name; None: the newest export, else a built-in.
        engine: `auto` times.
        device: as for `open_backend`.
        threads: the same; None: chosen with the engine.
        retime: time again.
        require_device: has to run the whole model.
        edges: how masks are brought to frame size; None: plain.
        file: time as a file is run, each stage in its thread; else as a camera is.

    Raises:
        UsageError: two devices at once.
        UnetkitError: as `Segmenter.open` does.
    """
    from unetkit.runtime.backends.tensorrt_build import build, needs_building
    from unetkit.runtime.enginechoice.choice import choose_engine
    from unetkit.runtime.model_choice import choose_model
    from unetkit.runtime.segmenter import Segmenter
    from unetkit.terminal.console import notices
    from unetkit.terminal.progress import waiting
    from unetkit.terminal.running import say_choice, say_engine, say_opened

    if require_device is not None:
        if device not in {DeviceName.AUTO, require_device}:
            raise UsageError(f"--device {device} and --require-device {require_device} differ; give one of them")
        device = require_device
    found = choose_model(model, engine=engine.value, device=device.value)
    say_choice(found)
    choice = choose_engine(
        found.paths,
        engine=engine.value,
        device=device.value,
        threads=threads,
        flow="file" if file else "live",
        retime=retime,
        tell=notices.print,
    )
    say_engine(choice)
    if choice.device == "tensorrt" and needs_building(choice.path):
        with waiting("TensorRT compiles the model for this GPU, once, which takes minutes"):
            build(choice.path)
    segmenter = Segmenter.open(
        choice.path,
        engine=choice.engine,
        device=choice.device,
        threads=choice.threads,
        whole=require_device is not None,
        edges="plain" if edges is None else edges.value,
    )
    say_opened(segmenter)
    return segmenter
