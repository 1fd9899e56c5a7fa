"""What can be exported: a format, a precision and the file it becomes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from unetkit.errors import UsageError

Format = Literal["onnx", "tflite"]
Precision = Literal["fp32", "fp16", "int8"]
FORMATS: tuple[Format, ...] = get_args(Format)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
REPORT_FILE = "report.json"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One artifact to make."""

    format: Format
    precision: Precision

    @property
    def file(self) -> str:
        """`model.onnx`, `model.fp16.onnx`, `model.int8.onnx` and the same for tflite."""
        infix = "" if self.precision == "fp32" else f".{self.precision}"
        return f"model{infix}.{self.format}"


EXPORTED_FILES = frozenset(
    {REPORT_FILE} | {Target(format=form, precision=kind).file for form in FORMATS for kind in PRECISIONS}
)


def choose_targets(formats: Collection[str], *, int8: bool, fp16: bool) -> tuple[Target, ...]:
    """float32 of each format, and the precisions asked for.

    Raises:
        UsageError: no format, or one that is not known.
    """
    unknown = [item for item in formats if item not in FORMATS]
    if unknown or not formats:
        received = ", ".join(map(repr, unknown)) or "none"
        raise UsageError(f"unknown export format {received}; choose of {', '.join(FORMATS)}")
    wanted = {"fp32": True, "fp16": fp16, "int8": int8}
    return tuple(
        Target(format=form, precision=kind)
        for form in FORMATS
        if form in formats
        for kind in PRECISIONS
        if wanted[kind]
    )
