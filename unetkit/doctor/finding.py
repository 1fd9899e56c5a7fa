"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found.

    Attributes:
        subject: what was looked at.
        status: warnings cost something, problems break something; what is optional and absent is ok.
        text: how it is, and why.
        mend: the line to run that mends or adds it; empty where there is none.
    """

    subject: str
    status: Status
    text: str
    mend: str = ""


def ok(subject: str, text: str, mend: str = "") -> Finding:
    return Finding(subject=subject, status=Status.OK, text=text, mend=mend)


def warning(subject: str, text: str, mend: str = "") -> Finding:
    return Finding(subject=subject, status=Status.WARNING, text=text, mend=mend)


def problem(subject: str, text: str, mend: str = "") -> Finding:
    return Finding(subject=subject, status=Status.PROBLEM, text=text, mend=mend)
