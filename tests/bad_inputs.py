"""Write docs/bad-inputs.md: what is said to every bad input in the tests' tables. `python -m tests.bad_inputs`"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.tiny_models import write_onnx
from tests.unit.cli.test_bad_data import FAULTS as DATA_FAULTS
from tests.unit.cli.test_bad_settings import FILES, SETTINGS
from tests.unit.cli.test_train_options import OPTIONS
from tests.unit.data.checking.faults import FAULTS as CHECK_FAULTS
from tests.unit.data.checking.photos import write_good
from unetkit.data.checking.check import check
from unetkit.data.checking.report import Verdict
from unetkit.data.checking.subject import open_subject

PAGE = Path(__file__).parents[1] / "docs" / "bad-inputs.md"
_HEAD = """# Bad inputs, and what is said to them

Every one is a row of a test's table; this page is made from those tables by `python -m tests.bad_inputs`, which runs
each of them. `DATA` stands for the folder. Exit codes: 0 usable, 2 a setting, 3 data.

"""


class Said(NamedTuple):
    """One row."""

    given: str
    code: str
    line: str


def main() -> None:
    """Run all and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "Data that cannot be trained on: `unetkit train DATA`": _data(Path(folder) / "data"),
            "Settings and options": _settings(Path(folder) / "settings"),
            "What `unetkit data check DATA` finds": _findings(Path(folder) / "check"),
        }
        PAGE.write_text(_HEAD + "\n".join(_table(title, rows) for title, rows in parts.items()), encoding="utf-8")


def _table(title: str, rows: Iterator[Said]) -> str:
    lines = [f"| {row.given} | {row.code} | {row.line} |" for row in rows]
    return "\n".join([f"## {title}", "", "| given | exit code | said |", "| --- | --- | --- |", *lines, ""])


def _data(folder: Path) -> Iterator[Said]:
    for fault, _ in DATA_FAULTS:
        place = folder / fault.__name__
        yield _run(fault.__name__.replace("_", " "), ["train", str(fault(place)), "--size", "64"], folder, place)


def _settings(folder: Path) -> Iterator[Said]:
    folder.mkdir()
    model = write_onnx(folder / "model.onnx")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    rows = [arguments for arguments, _ in SETTINGS] + [["train", *arguments] for arguments, _ in OPTIONS]
    for arguments in rows:
        words = [word.format(model=model.name) for word in arguments]
        yield _run(f"`unetkit {' '.join(words)}`", words, folder, folder)


def _run(given: str, arguments: list[str], folder: Path, place: Path) -> Said:
    folder.mkdir(exist_ok=True)
    ended = subprocess.run(
        [sys.executable, "-m", "unetkit", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    said = [line.removeprefix("unetkit: ") for line in ended.stderr.splitlines() if line.startswith("unetkit: ")]
    return Said(given, str(ended.returncode), said[-1].replace(str(place), "DATA"))


def _findings(folder: Path) -> Iterator[Said]:
    for given, (fault, expected) in CHECK_FAULTS.items():
        place = write_good(folder / given.replace(" ", "-"))
        fault(place)
        report = check(open_subject(str(place)))
        code = next(iter(expected), ("", ""))[0]
        for finding in report.findings:
            if finding.code == code:
                said = f"{finding.kind.severity.value}: {finding.file}: {finding.reason}".replace(str(place), "DATA")
                yield Said(given, "3" if report.verdict is Verdict.NOT_USABLE else "0", said)
                break


if __name__ == "__main__":
    main()
