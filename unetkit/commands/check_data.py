"""`unetkit data check`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import AsJson, DataArgument, DataDir, DataFormatName, DataFormatOption


def check_data(
    data: DataArgument = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a page with pictures, an .html file.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Open a sample of 200 and compare none.")] = False,
    data_dir: DataDir = None,
    data_format: DataFormatOption = DataFormatName.AUTO,
    as_json: AsJson = False,
) -> None:
    """Look for faults in a data set. Broken, mismatched, mislabelled and duplicate files; exit code 3 if unusable."""
    from unetkit.data.checking.check import check
    from unetkit.data.checking.report import Verdict
    from unetkit.data.checking.sheet import require_html, write_sheet
    from unetkit.data.checking.subject import open_subject
    from unetkit.errors import DataError
    from unetkit.terminal.checking import show_check
    from unetkit.terminal.progress import progress

    if sheet is not None:
        require_html(sheet)
    with progress("downloading") as downloaded:
        subject = open_subject(data, data_dir, data_format=data_format.value, progress=downloaded)
    with progress("opening") as opened, progress("comparing") as compared:
        report = check(subject, quick=quick, opened=opened, compared=compared)
    if sheet is not None:
        write_sheet(report, subject, sheet)
    show_check(report, sheet, as_json=as_json)
    if report.verdict is Verdict.NOT_USABLE:
        raise typer.Exit(DataError.exit_code)
