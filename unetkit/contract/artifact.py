"""One file is one model: the spec is written inside .keras, .onnx and .tflite, and read back from there.

.keras is a zip archive and takes one more member; .tflite is a flatbuffer, to whose end a zip archive may be appended
(the TFLite metadata convention); .onnx has metadata properties. The format is told by the content, not by the name.
"""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Literal

from unetkit.contract.onnx_wire import read_metadata, with_metadata
from unetkit.contract.publish import publish_bytes
from unetkit.contract.spec import MAX_JSON_BYTES, ModelSpec
from unetkit.errors import ArtifactError

Format = Literal["keras", "onnx", "tflite"]
SPEC_KEY = "unetkit_spec"
_SPEC_MEMBER = "unetkit_spec.json"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same model gives the same bytes


def read_format(path: Path) -> Format:
    """What a model file is, by its first bytes.

    Raises:
        ArtifactError: no such file, unreadable, empty, or of another format.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise ArtifactError(f"cannot read model {path}: {error.strerror}; check the path") from error
    if not head:
        raise ArtifactError(f"model {path} is empty; export it again")
    if head.startswith(b"PK\x03\x04"):
        return "keras"
    if head[4:8] == b"TFL3":
        return "tflite"
    if head[0] == 0x08:  # ModelProto.ir_version, which every ONNX writer puts first
        return "onnx"
    raise ArtifactError(f"{path} is not a .keras, .onnx or .tflite model; give a file that unetkit wrote")


def read_spec(path: Path) -> ModelSpec:
    """The spec inside a model file.

    Raises:
        ArtifactError: the file is missing, empty, cut off, of another format, without a spec, or its spec is wrong.
    """
    kind = read_format(path)
    try:
        if kind == "onnx":
            with path.open("rb") as stream:
                text = read_metadata(stream, SPEC_KEY, limit=MAX_JSON_BYTES)
        else:
            text = _read_member(path)
    except (ArtifactError, OSError, zipfile.BadZipFile, ValueError) as error:
        raise ArtifactError(f"{kind} model {path} cannot be read: {error}") from error
    if text is None:
        raise ArtifactError(f"{kind} model {path} carries no unetkit spec, or was cut off; export it with unetkit")
    return ModelSpec.from_json(text)


def write_spec(path: Path, spec: ModelSpec) -> None:
    """Put the spec inside a model file, in place of one that is there; the file is replaced atomically.

    Raises:
        ArtifactError: the file is not a model.
        OutputError: it cannot be written.
    """
    kind = read_format(path)
    model = path.read_bytes()
    if kind == "onnx":
        publish_bytes(path, with_metadata(model, SPEC_KEY, spec.to_json()))
    elif kind == "keras":
        publish_bytes(path, _with_member(model, spec.to_json()))
    else:
        publish_bytes(path, _without_zip(model) + _appended_zip(spec.to_json()))


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_member(path: Path) -> str | None:
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        if _SPEC_MEMBER not in archive.namelist():
            return None
        if archive.getinfo(_SPEC_MEMBER).file_size > MAX_JSON_BYTES:
            raise ArtifactError(f"its spec is over {MAX_JSON_BYTES:,} bytes")
        return archive.read(_SPEC_MEMBER).decode("utf-8")


def _with_member(model: bytes, text: str) -> bytes:
    rebuilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as old, zipfile.ZipFile(rebuilt, "w") as new:
        for item in old.infolist():
            if item.filename != _SPEC_MEMBER:
                new.writestr(zipfile.ZipInfo(item.filename, _FIXED_DATE), old.read(item), item.compress_type)
        new.writestr(zipfile.ZipInfo(_SPEC_MEMBER, _FIXED_DATE), text)
    return rebuilt.getvalue()


def _appended_zip(text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr(zipfile.ZipInfo(_SPEC_MEMBER, _FIXED_DATE), text)
    return archive.getvalue()


def _without_zip(model: bytes) -> bytes:
    """The flatbuffer alone: an appended archive begins where its first member does."""
    stream = io.BytesIO(model)
    if not zipfile.is_zipfile(stream):
        return model
    with zipfile.ZipFile(stream) as archive:
        return model[: min((item.header_offset for item in archive.infolist()), default=len(model))]
