"""One file is one model: the spec is written inside every format, and read back from there.

.keras is a zip archive and takes one more member; .tflite is a flatbuffer, to whose end a zip archive may be appended
(the TFLite metadata convention); .onnx has metadata properties. Two formats are more than a file: an OpenVINO IR, a
.xml with its .bin beside it, has run-time information in the .xml; a SavedModel is a folder with room for extra files.
The format is told by the content, not by the name.

A SHA-256 goes in with the spec: these formats have no checksum of their own, and a flipped bit in the weights
opens and runs and gives other masks. (.keras is checked by its zip archive.)
"""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from unetkit.contract import openvino_ir, saved_model
from unetkit.contract.archive import ZIP_ERRORS, opened_archive
from unetkit.contract.interoperability import labels_text, onnx_properties
from unetkit.contract.onnx_wire import metadata_entry, read_metadata, without_metadata
from unetkit.contract.publish import publish_bytes, publish_text
from unetkit.contract.spec import MAX_JSON_BYTES, ModelSpec
from unetkit.errors import ArtifactError

Format = Literal["keras", "onnx", "tflite", "openvino", "saved_model"]
SUFFIXES: dict[Format, str] = {"keras": ".keras", "onnx": ".onnx", "tflite": ".tflite", "openvino": ".xml"}
SPEC_KEY = "unetkit_spec"
DIGEST_KEY = "unetkit_sha256"
_SPEC_MEMBER = "unetkit_spec.json"
LABELS_MEMBER = "labels.txt"
_DIGEST_MEMBER = "unetkit_sha256.txt"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same model gives the same bytes
_CHUNK_BYTES = 1 << 20


def read_format(path: Path) -> Format:
    """What a model file is, by its first bytes.

    Raises:
        ArtifactError: no such file, unreadable, empty, or of another format.
    """
    if saved_model.is_saved_model(path):
        return "saved_model"
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
    if head.startswith(b"<?xml") and b"<net " in head:
        return "openvino"
    raise ArtifactError(
        f"{path} is not a .keras, .onnx, .tflite or OpenVINO .xml model; give a file that unetkit wrote"
    )


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
        elif kind == "openvino":
            text = openvino_ir.read_entry(path, SPEC_KEY)
        elif kind == "saved_model":
            text = saved_model.read_entry(path, SPEC_KEY, limit=MAX_JSON_BYTES)
        else:
            text = _read_member(path, _SPEC_MEMBER)
    except (ArtifactError, OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{kind} model {path} cannot be read: {error}") from error
    if text is None:
        raise ArtifactError(f"{kind} model {path} carries no unetkit spec, or was cut off; export it with unetkit")
    try:
        return ModelSpec.from_json(text)
    except ArtifactError as error:
        raise ArtifactError(f"{kind} model {path}: {error}") from error


def write_spec(path: Path, spec: ModelSpec) -> None:
    """Put the spec inside a model file, in place of one that is there; the file is replaced atomically.

    Raises:
        ArtifactError: the file is not a model.
        OutputError: it cannot be written.
    """
    kind = read_format(path)
    if kind == "saved_model":
        _write_into_folder(path, spec)
        return
    try:
        model = path.read_bytes()
        if kind == "onnx":
            entries = {**onnx_properties(spec), SPEC_KEY: spec.to_json()}
            model = without_metadata(model, DIGEST_KEY, *entries)
            model += b"".join(metadata_entry(key, value) for key, value in entries.items())
            model += metadata_entry(DIGEST_KEY, hashlib.sha256(model).hexdigest())
        elif kind == "keras":
            model = _with_member(model, spec.to_json())
        elif kind == "openvino":
            model = openvino_ir.with_digest(path, {SPEC_KEY: spec.to_json()}, DIGEST_KEY)
        else:
            model = model[: _zip_start(path)]
            model += _appended_zip(spec, hashlib.sha256(model).hexdigest())
    except (ArtifactError, OSError, *ZIP_ERRORS) as error:
        raise ArtifactError(f"{kind} model {path} cannot be given a spec: {error}") from error
    publish_bytes(path, model)


def check_intact(path: Path) -> None:
    """Hold a model against the digest that was written with its spec, a checkpoint against its archive's checksums.

    Raises:
        ArtifactError: the file was damaged or changed since, or `write_spec` did not write it.
    """
    kind = read_format(path)
    try:
        intact = _IS_INTACT[kind](path)
    except (ArtifactError, OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{kind} model {path} cannot be read: {error}") from error
    if not intact:
        raise ArtifactError(f"{kind} model {path} was damaged or changed after it was written; copy or export it again")


def files_of(path: Path) -> tuple[Path, ...]:
    """All files of a model: of an OpenVINO IR the weights too, of a SavedModel everything in its folder."""
    if saved_model.is_saved_model(path):
        return tuple(saved_model.members(path))
    weights = openvino_ir.weights_of(path)
    return (path, weights) if path.suffix == SUFFIXES["openvino"] and weights.is_file() else (path,)


def size_bytes_of(path: Path) -> int:
    """Bytes of all files of a model."""
    return sum(file.stat().st_size for file in files_of(path))


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content, or of a SavedModel's files.

    Of an OpenVINO IR the .xml is enough: it holds a digest of the weights.
    """
    if saved_model.is_saved_model(path):
        return saved_model.digest_of(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _keras_is_intact(path: Path) -> bool:
    with opened_archive(path) as archive:
        return archive is not None and archive.damaged_member() is None


def _onnx_is_intact(path: Path) -> bool:
    length = len(metadata_entry(DIGEST_KEY, "0" * 64))  # the last entry, of every byte before it
    start = path.stat().st_size - length
    if start < 0:
        return False
    with path.open("rb") as stream:
        stream.seek(start)
        entry = stream.read(length)
    return entry == metadata_entry(DIGEST_KEY, _sha256_of_first(path, start))


def _tflite_is_intact(path: Path) -> bool:
    return _read_member(path, _DIGEST_MEMBER) == _sha256_of_first(path, _zip_start(path))


def _sha256_of_first(path: Path, length: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while length > 0 and (chunk := stream.read(min(length, _CHUNK_BYTES))):
            digest.update(chunk)
            length -= len(chunk)
    return digest.hexdigest()


def _ir_is_intact(path: Path) -> bool:
    return openvino_ir.is_intact(path, DIGEST_KEY)


def _folder_is_intact(path: Path) -> bool:
    digest = saved_model.read_entry(path, DIGEST_KEY, limit=MAX_JSON_BYTES)
    return digest == saved_model.digest_of(path, without=saved_model.entry_file(path, DIGEST_KEY))


_IS_INTACT: dict[Format, Callable[[Path], bool]] = {
    "keras": _keras_is_intact,
    "onnx": _onnx_is_intact,
    "tflite": _tflite_is_intact,
    "openvino": _ir_is_intact,
    "saved_model": _folder_is_intact,
}


def _write_into_folder(path: Path, spec: ModelSpec) -> None:
    publish_text(saved_model.entry_file(path, SPEC_KEY), spec.to_json())
    digest = saved_model.entry_file(path, DIGEST_KEY)
    publish_text(digest, saved_model.digest_of(path, without=digest))


def _read_member(path: Path, name: str) -> str | None:
    with opened_archive(path) as archive:
        return None if archive is None else archive.text(name, limit=MAX_JSON_BYTES)


def _with_member(model: bytes, text: str) -> bytes:
    rebuilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as old, zipfile.ZipFile(rebuilt, "w") as new:
        for item in old.infolist():
            if item.filename != _SPEC_MEMBER:
                new.writestr(zipfile.ZipInfo(item.filename, _FIXED_DATE), old.read(item), item.compress_type)
        new.writestr(zipfile.ZipInfo(_SPEC_MEMBER, _FIXED_DATE), text)
    return rebuilt.getvalue()


def _appended_zip(spec: ModelSpec, digest: str) -> bytes:
    archive = io.BytesIO()
    members = {_SPEC_MEMBER: spec.to_json(), LABELS_MEMBER: labels_text(spec), _DIGEST_MEMBER: digest}
    with zipfile.ZipFile(archive, "w") as new:
        for name, text in members.items():
            new.writestr(zipfile.ZipInfo(name, _FIXED_DATE), text)
    return archive.getvalue()


def _zip_start(path: Path) -> int:
    """Length of the flatbuffer alone: an appended archive begins where its first member does."""
    size = path.stat().st_size
    with opened_archive(path) as archive:
        offsets = [item.header_offset for item in archive.members] if archive else []
    return min(offsets, default=size)
