"""What `unetkit doctor` prints."""

from rich.table import Table

from unetkit.doctor.examination import Examination
from unetkit.doctor.finding import Status
from unetkit.terminal import console

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.PROBLEM: "bold red"}


def show_examination(found: Examination, *, as_json: bool = False) -> None:
    """A table, and below it the lines that mend what is wrong."""
    if as_json:
        console.print_json(found.to_dict())
        return
    table = Table("", "what", "how it is")
    for finding in found.findings:
        table.add_row(finding.status.value, finding.subject, finding.text, style=_STYLES[finding.status])
    console.results.print(table)
    for finding in found.findings:
        if finding.mend and finding.status is not Status.OK:
            console.results.print(f"{finding.status.value}, {finding.subject}:")
            console.results.print(f"    {finding.mend}")
    warnings, problems = found.count(Status.WARNING), found.count(Status.PROBLEM)
    runs = "models run here" if found.can_run else "no model can run here"
    console.results.print(
        f"{runs}; {problems} problem{'s' * (problems != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    )
