"""What can be exported: a format, a precision and the files they become."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from unetkit.contract.artifact import SUFFIXES
from unetkit.errors import UsageError
from unetkit.proof.golden import FOLDER as GOLDEN_FOLDER
from unetkit.runtime.backends.backend import Precision

Format = Literal["onnx", "tflite", "openvino", "saved_model"]
FORMATS: tuple[Format, ...] = get_args(Format)
DEFAULT_FORMATS: tuple[Format, ...] = ("onnx", "tflite")
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
# ONNX Runtime's dynamic quantisation makes convolutions bigger and slower, and OpenVINO has none.
PRECISIONS_OF: dict[Format, tuple[Precision, ...]] = {
    "onnx": ("fp32", "fp16", "int8"),
    "tflite": ("fp32", "fp16", "dynamic", "int8"),
    "openvino": ("fp32", "fp16", "int8"),
    "saved_model": ("fp32",),
}
REPORT_FILE, PAGE_FILE, CARD_FILE, DEPLOY_FOLDER = "report.json", "report.html", "card.md", "deploy"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One artifact to make."""

    format: Format
    precision: Precision

    @property
    def file(self) -> str:
        """What opens it: `model.onnx`, `model.fp16.onnx`, `model.int8.tflite`, `model.int8.xml`; `saved_model`."""
        if self.format == "saved_model":
            return "saved_model"
        infix = "" if self.precision == "fp32" else f".{self.precision}"
        return f"model{infix}{SUFFIXES[self.format]}"

    @property
    def files(self) -> tuple[str, ...]:
        """All that lies in the export folder for it: the weights of an OpenVINO IR have a file of their own."""
        if self.format == "openvino":
            return self.file, f"{self.file.removesuffix(SUFFIXES['openvino'])}.bin"
        return (self.file,)


TARGETS: tuple[Target, ...] = tuple(
    Target(format=form, precision=kind) for form in FORMATS for kind in PRECISIONS_OF[form]
)
EXPORTED_FILES = frozenset(
    {
        REPORT_FILE,
        PAGE_FILE,
        CARD_FILE,
        DEPLOY_FOLDER,
        GOLDEN_FOLDER,
        *(name for item in TARGETS for name in item.files),
    }
)


def choose_targets(formats: Collection[str], *, int8: bool, fp16: bool, dynamic: bool = False) -> tuple[Target, ...]:
    """float32 of each format, and of the precisions asked for those that the format has.

    Raises:
        UsageError: no format, one that is not known, or a precision that none of them has.
    """
    unknown = [item for item in formats if item not in FORMATS]
    if unknown or not formats:
        received = ", ".join(map(repr, unknown)) or "none"
        raise UsageError(f"unknown export format {received}; choose of {', '.join(FORMATS)}")
    wanted = {"fp32": True, "fp16": fp16, "dynamic": dynamic, "int8": int8}
    chosen = tuple(target for target in TARGETS if target.format in formats and wanted[target.precision])
    missed = [kind for kind in PRECISIONS if wanted[kind] and kind not in {target.precision for target in chosen}]
    if missed:
        raise UsageError(f"no {missed[0]} in {', '.join(formats)}; {_formats_with(missed[0])} has it")
    return chosen


def _formats_with(precision: Precision) -> str:
    return ", ".join(form for form in FORMATS if precision in PRECISIONS_OF[form])
