"""Progress on standard error: bars where it is a terminal, a line a step."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.trainer.events import Standing, TrainEvents

Moved = Callable[[int, int], None]  # (done, total)
Bar = Callable[[str, float, float], None]  # (text, done, total)


@contextlib.contextmanager
def progress(what: str) -> Iterator[Moved]:
    """A bar on standard error that the (done, total) callback moves; nothing where it is no terminal."""
    with _bars() as bar:
        yield _counting(bar(), what)


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[], Bar]]:
    """Bars in one live display; each shows while its work is under way."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    if not console.notices.is_terminal:
        yield lambda: lambda text, done, total: None  # noqa: ARG005 (the callback's arguments)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeRemainingColumn())
    with Progress(*columns, console=console.notices, transient=True) as display:

        def bar() -> Bar:
            task = display.add_task("", visible=False)
            return lambda text, done, total: display.update(
                task, description=text, completed=done, total=total, visible=done < total
            )

        yield bar


def _counting(bar: Bar, what: str) -> Moved:
    return lambda done, total: bar(f"{what} {done:,}/{total:,}", done, total)


@contextlib.contextmanager
def waiting(what: str, *, every_s: float = 30.0) -> Iterator[None]:
    """What takes minutes, with the time it has taken so far: a line that counts, or off a terminal a line at times.

    Args:
        what: is being done.
        every_s: between two lines where standard error is no terminal.
    """
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    if console.notices.is_terminal:
        columns = (TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console.notices, transient=True) as display:
            display.add_task(what, total=None)
            yield
        return
    console.notices.print(what)
    started_s, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(every_s):
            console.notices.print(f"{what}: {time.monotonic() - started_s:.0f} s so far")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A callback that names the step being worked on, on standard error."""
    yield lambda text: console.notices.print(f"  {text}")


@contextlib.contextmanager
def training_events() -> Iterator["TrainEvents"]:
    """A line an epoch, and where standard error is a terminal bars: decoding, the teacher, the whole training."""
    from unetkit.trainer.events import TrainEvents

    epochs = 0
    with _bars() as bar:
        decoding, teaching, training = bar(), bar(), bar()

        def stepped(standing: "Standing") -> None:
            nonlocal epochs
            epochs = standing.epochs
            training(_told(standing), standing.done, 1.0)

        yield TrainEvents(
            started=console.notices.print,
            decoded=_counting(decoding, "decoding"),
            taught=_counting(teaching, "asking the teacher"),
            stepped=stepped,
            epoch_done=lambda epoch: console.notices.print(epoch.line(epochs)),
        )


def _told(standing: "Standing") -> str:
    """Epoch, step, loss, best mIoU, pictures a second, memory."""
    best = "" if standing.miou is None else f" mIoU {standing.miou:.4f}"
    return (
        f"epoch {standing.epoch}/{standing.epochs} step {standing.step}/{standing.steps} "
        f"loss {standing.loss:.4f}{best} {standing.images_per_s:.0f}/s {standing.peak_memory_mib:,.0f} MiB"
    )
