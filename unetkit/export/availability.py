"""Which formats can be exported on this machine, and why the others cannot."""

from collections.abc import Callable
from dataclasses import dataclass

from unetkit.export.target import FORMATS, PRECISIONS_OF, Format
from unetkit.export.toolchain import install_line, missing_for
from unetkit.runtime.backends.backend import Precision


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A format.

    Attributes:
        format: as `unetkit export --format` takes it.
        precisions: that it has.
        why_not: what is missing here and the line that installs it; empty where nothing is.
    """

    format: Format
    precisions: tuple[Precision, ...]
    why_not: str


def exportable_here() -> tuple[Exportable, ...]:
    """Every format; whether a package is installed is looked up, without the seconds that loading it takes."""
    found = []
    for form in FORMATS:
        missing = missing_for((form,))
        why_not = f"{', '.join(missing)} not installed: {install_line(missing)}" if missing else ""
        found.append(Exportable(format=form, precisions=PRECISIONS_OF[form], why_not=why_not))
    return tuple(found)


def formats_that_work_here(tell: Callable[[str], None]) -> tuple[Format, ...]:
    """Their names; what is left out is told. All of them where none works, for the export to say what is missing."""
    found = exportable_here()
    works = tuple(item.format for item in found if not item.why_not)
    if works:
        for item in found:
            if item.why_not:
                tell(f"leaving {item.format} out: {item.why_not}")
    return works or FORMATS
