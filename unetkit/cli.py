"""The command line: its tree, and the one place that maps an error to its exit code."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from unetkit.commands.bench import bench
from unetkit.commands.candidates import candidates
from unetkit.commands.check_data import check_data
from unetkit.commands.convert_data import convert_data
from unetkit.commands.demo import demo
from unetkit.commands.doctor import doctor
from unetkit.commands.evaluate import evaluate
from unetkit.commands.export import export
from unetkit.commands.formats import formats
from unetkit.commands.inspect import inspect
from unetkit.commands.join_data import join_data
from unetkit.commands.models import models
from unetkit.commands.preview_data import preview_data
from unetkit.commands.runs import runs
from unetkit.commands.serve import serve
from unetkit.commands.split_data import split_data
from unetkit.commands.train import train
from unetkit.commands.verify import verify
from unetkit.commands.video import video
from unetkit.commands.webcam import webcam
from unetkit.errors import UnetkitError
from unetkit.version import VERSION

app = typer.Typer(
    name="unetkit",
    help="From pictures with masks to a device: train a U-Net, export it with proof, run it in real time.",
    no_args_is_help=True,
    rich_markup_mode=None,  # half of the help's time would be the import of rich's markdown
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    train,
    evaluate,
    export,
    verify,
    formats,
    candidates,
    webcam,
    video,
    serve,
    bench,
    inspect,
    models,
    runs,
):
    app.command()(command)

data_commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
data_commands.command("check")(check_data)
data_commands.command("preview")(preview_data)
data_commands.command("join")(join_data)
data_commands.command("split")(split_data)
data_commands.command("convert")(convert_data)
app.add_typer(data_commands, name="data", help="Look at a data set as a training sees it.")

app.command()(demo)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unetkit {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def _root(
    version: Version = False,  # noqa: ARG001 (its callback has answered by now)
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is chosen, found and why.")] = False,
) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=logging.WARNING, format="unetkit: %(message)s", stream=sys.stderr)
    logging.getLogger("unetkit").setLevel(level)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: the one place that maps an error to its exit code.

    An error of the UnetkitError family prints its line; any other keeps its traceback and exits with 1.
    """
    try:
        app(arguments)
    except UnetkitError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.echo("unetkit: interrupted", err=True)
        raise SystemExit(130) from None
    except ImportError as error:
        from unetkit.runtime.opencv import explain_import_error, is_import_of_opencv

        if not is_import_of_opencv(error):
            raise
        _fail(explain_import_error(error))


def _fail(error: UnetkitError) -> None:
    line = " ".join(str(error).split("\n"))  # a path may hold a line break
    typer.echo(f"unetkit: {line}", err=True)
    raise SystemExit(error.exit_code)
