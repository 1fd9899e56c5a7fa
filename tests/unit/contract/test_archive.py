"""Zip archives with headers that lie: refused, and never unpacked into memory."""

import contextlib
import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.tiny_models import SPEC
from tests.unit.contract.modelfiles import bare_model
from unetkit.contract.archive import opened_archive
from unetkit.contract.artifact import check_intact, read_spec, write_spec
from unetkit.contract.onnx_wire import read_metadata
from unetkit.errors import ArtifactError

MEMBER = "unetkit_spec.json"
LIMIT = 1_000_000


def archive_bytes(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytearray:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return bytearray(stream.getvalue())


def claim_size(content: bytearray, size: int, checksum: int) -> None:
    """Let both records of the only member say that it unpacks to `size` bytes."""
    local, entry = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, local + 14, checksum)
    struct.pack_into("<I", content, local + 22, size)
    struct.pack_into("<I", content, entry + 16, checksum)
    struct.pack_into("<I", content, entry + 24, size)


def peak_bytes(path: Path) -> int:
    """The most that reading the spec and checking the file held at once."""
    tracemalloc.start()
    try:
        with pytest.raises(ArtifactError):
            read_spec(path)
        with contextlib.suppress(ArtifactError):
            check_intact(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("model", [b"", bare_model("tflite")], ids=["keras", "tflite"])
def test_a_member_that_unpacks_to_more_than_it_claims_is_not_unpacked(model: bytes, tmp_path: Path) -> None:
    content = archive_bytes({MEMBER: bytes(100_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(content) < 200_000
    claim_size(content, 100, zlib.crc32(bytes(100)))  # so that even the checksum fits
    path = tmp_path / "model"
    path.write_bytes(model + content)
    assert peak_bytes(path) < 20_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_without_bounds_is_refused(method: int, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(archive_bytes({MEMBER: b"{}" * 100}, method))
    for read in (read_spec, check_intact):
        with pytest.raises(ArtifactError, match=f"packed by method {method}"):
            read(path)


def test_a_directory_of_many_members_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(archive_bytes({f"member {index:06d}": b"" for index in range(22_000)}))
    assert path.stat().st_size > 1_900_000
    with pytest.raises(ArtifactError, match="directory of its zip archive is over 1,000,000 bytes"):
        read_spec(path)


def test_two_specs_in_one_file_are_none(tmp_path: Path) -> None:
    content = archive_bytes({MEMBER: b"{}", "unetkit_spec.jsom": b"[]"})
    content = content.replace(b"unetkit_spec.jsom", b"unetkit_spec.json")
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"2 members unetkit_spec\.json"):
        read_spec(path)


def test_a_file_without_an_archive_has_none(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(bare_model("tflite"))
    with opened_archive(path) as archive:
        assert archive is None


@pytest.mark.parametrize("member", ["model.weights.h5", "config.json"])
def test_a_flipped_bit_in_a_checkpoint_is_found_before_it_is_opened(member: str, tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    path.write_bytes(archive_bytes({"config.json": b"{}" * 50, "model.weights.h5": bytes(range(256))}))
    write_spec(path, SPEC)
    check_intact(path)
    content = bytearray(path.read_bytes())
    content[content.index(member.encode()) + len(member) + 20] ^= 0x10
    path.write_bytes(content)
    assert read_spec(path) == SPEC  # the spec itself is whole
    with pytest.raises(ArtifactError, match="damaged or changed"):
        check_intact(path)


def test_an_onnx_file_of_endlessly_many_fields_is_given_up() -> None:
    with pytest.raises(ArtifactError, match="over 1,000,000 fields"):
        read_metadata(io.BytesIO(b"\x08\x09" * 1_000_001), "k", limit=LIMIT)
