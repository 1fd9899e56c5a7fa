"""The activation ranges that a quantisation-aware training learnt, inside its checkpoint."""

import io
import json
import math
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unetkit.contract.archive import ZIP_ERRORS, opened_archive
from unetkit.contract.publish import publish_bytes
from unetkit.errors import ArtifactError

RANGES_MEMBER = "unetkit_ranges.json"
_SCHEMA = 1
_MAX_TENSORS = 10_000
_MAX_BYTES = 4_000_000
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same model gives the same bytes


@dataclass(frozen=True, kw_only=True)
class LearnedRanges:
    """What int8 has to cover so that it computes what was trained.

    Attributes:
        per_channel: the weights were rounded with a scale for each output channel; else one a layer.
        tensors: (low, high), low <= 0 <= high and low < high, by the name of the first layer whose output lies in it.
        schema: of this table.

    Raises:
        ArtifactError: naming what is wrong.
    """

    per_channel: bool
    tensors: dict[str, tuple[float, float]]
    schema: int = _SCHEMA

    def __post_init__(self) -> None:
        _require(self.schema == _SCHEMA, "schema", self.schema, f"{_SCHEMA}: train with this version")
        _require(isinstance(self.per_channel, bool), "per_channel", self.per_channel, "true or false")
        _require(0 < len(self.tensors) <= _MAX_TENSORS, "tensors", len(self.tensors), f"1..{_MAX_TENSORS} ranges")
        for name, ends in self.tensors.items():
            good_name = isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
            _require(good_name, "tensors", name, "names of 1 to 200 printable characters")
            good = all(isinstance(end, float) and math.isfinite(end) for end in ends)
            _require(good and ends[0] <= 0 <= ends[1] and ends[0] < ends[1], name, ends, "low <= 0 <= high, low < high")

    @classmethod
    def from_json(cls, text: str) -> "LearnedRanges":
        """Read what may come from a stranger.

        Raises:
            ArtifactError: it is not such a table.
        """
        try:
            table = json.loads(text)
            tensors = {name: _ends(ends) for name, ends in table.pop("tensors").items()}
            return cls(tensors=tensors, **table)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ArtifactError(f"learned ranges are not valid ({ascii(str(error))[:200]}); train again") from error

    @classmethod
    def read(cls, path: Path) -> "LearnedRanges | None":
        """What a .keras file holds; None where it was trained without.

        Raises:
            ArtifactError: what it holds is not valid, or the archive is damaged.
        """
        try:
            with opened_archive(path) as archive:
                text = None if archive is None else archive.text(RANGES_MEMBER, limit=_MAX_BYTES)
            return None if text is None else cls.from_json(text)
        except (ArtifactError, OSError, UnicodeDecodeError, *ZIP_ERRORS) as error:
            raise ArtifactError(f"checkpoint {path}: {error}") from error

    def write(self, path: Path) -> None:
        """Put them into a .keras file that has none; it is replaced atomically.

        Raises:
            OutputError: it cannot be written.
        """
        rebuilt = io.BytesIO(path.read_bytes())
        with zipfile.ZipFile(rebuilt, "a") as archive:
            archive.writestr(zipfile.ZipInfo(RANGES_MEMBER, _FIXED_DATE), json.dumps(asdict(self), allow_nan=False))
        publish_bytes(path, rebuilt.getvalue())


def _ends(value: Any) -> tuple[float, float]:
    if not isinstance(value, list):
        raise TypeError(f"a range is {ascii(value)[:80]}, expected [low, high]")
    low, high = value
    return low, high


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise ArtifactError(f"learned ranges: {ascii(name)[:80]} is {ascii(value)[:80]}, expected {allowed}")
