"""ModelSpec: everything a program must know to run a model, carried inside the model file."""

import json
import math
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from unetkit.errors import ArtifactError

SCHEMA = 1
MAX_JSON_BYTES = 1_000_000
MAX_SIDE = 8192
MAX_SCORES = 2**28  # 1 GiB of float32: a stranger's spec must not ask for all the memory there is
IGNORE_LABEL = 255  # pixels of this label count neither in a loss nor in a score
MAX_CLASSES = IGNORE_LABEL  # labels are uint8
MAX_PROVENANCE = 100  # entries

ColorOrder = Literal["bgr", "rgb"]
Fit = Literal["stretch", "letterbox"]
Head = Literal["softmax", "sigmoid"]
ScoreKind = Literal["logits", "probabilities"]
Scalar = str | int | float | bool | None

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """How a frame becomes the network's input.

    The artifact takes uint8 BGR bytes of shape (1, height, width, 3); inside its graph they become
    `(bytes - zero_point) * scale` in `color_order`: the affine quantiser's own form (Jacob et al. 2018,
    arXiv:1712.05877, eq. 1), one pair for all channels, so that an int8 model can take the bytes as they are.
    """

    height: int
    width: int
    color_order: ColorOrder = "bgr"
    fit: Fit = "stretch"
    scale: float = 1 / 128
    zero_point: int = 127

    def __post_init__(self) -> None:
        for side, value in (("height", self.height), ("width", self.width)):
            _require(_is_int(value) and 1 <= value <= MAX_SIDE, f"input.{side}", value, f"a whole number 1..{MAX_SIDE}")
        _require(self.color_order in get_args(ColorOrder), "input.color_order", self.color_order, "bgr or rgb")
        _require(self.fit in get_args(Fit), "input.fit", self.fit, "stretch or letterbox")
        _require(_is_number(self.scale) and 0 < self.scale <= 1, "input.scale", self.scale, "a number in (0, 1]")
        _require(
            _is_int(self.zero_point) and 0 <= self.zero_point <= 255, "input.zero_point", self.zero_point, "0..255"
        )

    @property
    def hw(self) -> tuple[int, int]:
        return self.height, self.width


@dataclass(frozen=True, kw_only=True)
class ClassSpec:
    """One class: its name and the colour its pixels are drawn in, as 8-bit (blue, green, red)."""

    name: str
    bgr: tuple[int, int, int]

    def __post_init__(self) -> None:
        good_name = isinstance(self.name, str) and 0 < len(self.name) <= 200 and self.name.isprintable()
        _require(good_name, "classes.name", self.name, "1 to 200 printable characters")
        good_bgr = len(self.bgr) == 3 and all(_is_int(value) and 0 <= value <= 255 for value in self.bgr)
        _require(good_bgr, "classes.bgr", self.bgr, "three numbers 0..255")


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """The identity of a trained model; the index of a class in `classes` is its label id.

    Attributes:
        name: short name, safe as a file name.
        classes: at least two. A binary head has exactly two: background, object.
        head: `softmax`: C channels, the largest wins; `sigmoid`: one channel, above the threshold is the object.
        scores: whether the graph gives `logits` or `probabilities`, the head's activation applied.
        threshold: probability in (0, 1) above which a binary pixel is the object.
        provenance: where it came from (network, data digest, unetkit version, ...): up to 100 numbers and printable
            texts of up to 1,000 characters.

    Raises:
        ArtifactError: naming the field, the value received and what is allowed.
    """

    name: str
    input: InputSpec
    classes: tuple[ClassSpec, ...]
    head: Head = "softmax"
    scores: ScoreKind = "logits"
    threshold: float = 0.5
    provenance: dict[str, Scalar] = field(default_factory=dict)
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        names = self.class_names
        _require_schema(self.schema)
        good_name = isinstance(self.name, str) and _NAME.fullmatch(self.name) is not None
        _require(good_name, "name", self.name, "up to 100 letters, digits, . _ -")
        _require(2 <= len(names) <= MAX_CLASSES, "classes", len(names), f"2..{MAX_CLASSES} classes")
        _require(len(set(names)) == len(names), "classes", names, "different names")
        _require(self.head in get_args(Head), "head", self.head, "softmax or sigmoid")
        _require(self.head != "sigmoid" or len(names) == 2, "head", self.head, "softmax, or two classes")
        values = self.input.height * self.input.width * self.channels
        _require(values <= MAX_SCORES, "height * width * channels", values, f"at most {MAX_SCORES:,}")
        _require(self.scores in get_args(ScoreKind), "scores", self.scores, "logits or probabilities")
        good_threshold = _is_number(self.threshold) and 0 < self.threshold < 1
        _require(good_threshold, "threshold", self.threshold, "a number in (0, 1)")
        _require(
            len(self.provenance) <= MAX_PROVENANCE, "provenance", len(self.provenance), f"0..{MAX_PROVENANCE} entries"
        )
        for key, value in self.provenance.items():
            good_entry = _is_text(key) and (value is None or _is_scalar(value))
            _require(good_entry, "provenance", {key: value}, "printable text, a finite number or null under each name")

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.classes)

    @property
    def channels(self) -> int:
        """Channels of the scores: one for a binary head, else one a class."""
        return 1 if self.head == "sigmoid" else len(self.classes)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "ModelSpec":
        """Read a spec that may come from a stranger: nothing in it is trusted.

        Raises:
            ArtifactError: not JSON, too long, an unknown or missing field, a wrong type or a value out of range.
        """
        if len(text) > MAX_JSON_BYTES:
            raise ArtifactError(f"model spec is {len(text):,} characters long, at most {MAX_JSON_BYTES:,} are allowed")
        try:
            table = json.loads(text)
            _require_schema(table.get("schema", SCHEMA))  # first: the fields of another schema are not known here
            classes = tuple(ClassSpec(**{**item, "bgr": tuple(item["bgr"])}) for item in table.pop("classes"))
            return cls(input=InputSpec(**table.pop("input")), classes=classes, **table)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ArtifactError(
                f"model spec is not valid ({ascii(str(error))[:200]}); export the model again"
            ) from error


def _require_schema(schema: object) -> None:
    here = f"{SCHEMA}: export the model again with this version of unetkit, or run it with the one that wrote it"
    _require(_is_int(schema) and schema == SCHEMA, "schema", schema, here)


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise ArtifactError(f"model spec: {name} is {ascii(value)[:80]}, expected {allowed}")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 1000 and value.isprintable()


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool) or _is_text(value) or (_is_number(value) and abs(value) < 2**1023)
