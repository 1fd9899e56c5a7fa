"""The spec inside model files: written, replaced, read back, and refused where the file is no model of ours."""

import contextlib
import io
import random
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import SPEC, write_onnx
from tests.unit.contract.modelfiles import FORMATS, bare_model, write_bare
from unetkit.contract.artifact import check_intact, read_format, read_spec, sha256_of, write_spec
from unetkit.contract.interoperability import onnx_properties
from unetkit.contract.onnx_wire import metadata_entry, read_metadata
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, OutputError

EVERY_FORMAT = pytest.mark.parametrize("kind", FORMATS)
LONG = replace(SPEC, name="long", provenance={f"note {index}": "größer " * 100 for index in range(50)})


@EVERY_FORMAT
@pytest.mark.parametrize("spec", [SPEC, LONG], ids=["short", "long"])
def test_the_spec_comes_back_from_every_format(kind: str, spec: ModelSpec, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, spec)
    assert read_format(path) == kind
    assert read_spec(path) == spec


@EVERY_FORMAT
def test_the_format_is_told_by_the_content_and_not_by_the_name(kind: str, tmp_path: Path) -> None:
    wrong = FORMATS[FORMATS.index(kind) - 1]
    path = write_bare(tmp_path / f"model.{wrong}", kind)
    write_spec(path, SPEC)
    assert read_format(path) == kind
    assert read_spec(path) == SPEC


@EVERY_FORMAT
def test_writing_twice_keeps_one_spec_and_the_same_bytes(kind: str, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, SPEC)
    once, digest = path.read_bytes(), sha256_of(path)
    write_spec(path, LONG)
    assert read_spec(path) == LONG
    write_spec(path, SPEC)
    assert path.read_bytes() == once
    assert sha256_of(path) == digest
    assert once.count(b'"schema"') == 1


@EVERY_FORMAT
def test_the_same_model_and_spec_give_the_same_bytes(kind: str, tmp_path: Path) -> None:
    first, second = (write_bare(tmp_path / name, kind) for name in ("a", "b"))
    for path in (first, second):
        write_spec(path, SPEC)
    assert first.read_bytes() == second.read_bytes()


def test_what_was_in_a_checkpoint_stays_in_it(tmp_path: Path) -> None:
    path = write_bare(tmp_path / "best.keras", "keras")
    before = zipfile.ZipFile(io.BytesIO(bare_model("keras")))
    write_spec(path, SPEC)
    with zipfile.ZipFile(path) as after:
        assert after.namelist() == [*before.namelist(), "unetkit_spec.json"]
        assert all(after.read(item) == before.read(item) for item in before.namelist())
        assert [item.compress_type for item in after.infolist()[:2]] == [zipfile.ZIP_DEFLATED] * 2


@pytest.mark.parametrize("kind", ["onnx", "tflite"])
def test_an_exported_model_keeps_every_byte_it_had(kind: str, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, SPEC)
    assert path.read_bytes().startswith(bare_model(kind))


def test_other_metadata_of_an_onnx_model_stays(tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model.onnx", "onnx")
    write_spec(path, SPEC)
    with path.open("rb") as stream:
        assert read_metadata(stream, "author", limit=100) == "somebody"


def test_the_onnx_package_reads_the_spec_where_onnx_keeps_metadata(tmp_path: Path) -> None:
    import onnx

    path = write_onnx(tmp_path / "model.onnx")
    properties = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert properties["unetkit_spec"] == SPEC.to_json()
    assert properties.keys() == {"unetkit_sha256", "unetkit_spec", *onnx_properties(SPEC)}


def test_metadata_that_the_onnx_package_wrote_is_read(tmp_path: Path) -> None:
    import onnx

    path = write_onnx(tmp_path / "model.onnx", spec=None)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"author": "я", "unetkit_spec": SPEC.to_json(), "empty": ""})
    onnx.save(model, path)
    assert read_spec(path) == SPEC
    with path.open("rb") as stream:
        assert read_metadata(stream, "author", limit=100) == "я"
        assert read_metadata(stream, "empty", limit=100) == ""
        assert read_metadata(stream, "none", limit=100) is None


@pytest.mark.parametrize("length", [0, 127, 128, 300, 20_000])
def test_a_metadata_entry_has_lengths_of_one_to_three_bytes(length: int) -> None:
    text = "v" * length
    entry = metadata_entry("k", text)
    assert read_metadata(io.BytesIO(entry), "k", limit=100_000) == text
    # Key: tag, length, "k". Value: tag, a length of 1 byte below 128, 2 below 16,384, else 3.
    size = 3 + 1 + (1 if length < 128 else 2 if length < 16_384 else 3) + length
    assert len(entry) == 1 + (1 if size < 128 else 2 if size < 16_384 else 3) + size


def test_metadata_over_the_limit_is_not_even_read() -> None:
    entry = metadata_entry("k", "v" * 2000)
    assert read_metadata(io.BytesIO(entry), "k", limit=1000) is None


BAD = {
    "empty": (b"", "is empty; export it again"),
    "text": (b"a model, they said", "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
    "picture": (b"\xff\xd8\xff\xe0\x00\x10JFIF" * 20, "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
    "one byte": (b"\x00", "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
    **{f"{kind} without a spec": (bare_model(kind), "carries no unetkit spec, or was cut off") for kind in FORMATS},
    "keras cut off": (bare_model("keras")[:-30], "carries no unetkit spec, or was cut off"),
    "onnx cut off": (bare_model("onnx")[:-3], "it was cut off or is of another format"),
    "onnx with a tag that never ends": (b"\x08\x09" + b"\xff" * 40, "it was cut off or is of another format"),
    "onnx with a group": (b"\x08\x09\x0b\x0c", "it was cut off or is of another format"),
    "onnx with field 0": (b"\x08\x09\x02\x00", "it was cut off or is of another format"),
    "onnx with a length of 2^63": (b"\x08\x09\x3a" + b"\xff" * 8 + b"\x7f", "it was cut off or is of another format"),
    "another zip": (b"PK\x03\x04" + b"\0" * 100, "carries no unetkit spec, or was cut off"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_no_model_of_ours_is_named_with_its_fault(case: str, tmp_path: Path) -> None:
    content, told = BAD[case]
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(ArtifactError) as caught:
        read_spec(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("read", [read_format, read_spec, check_intact])
@pytest.mark.parametrize(("name", "told"), [("none.onnx", "No such file"), (".", "Is a directory")])
def test_a_missing_file_and_a_folder_are_artifact_errors(
    read: Callable[[Path], object], name: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ArtifactError, match=told):
        read(tmp_path / name)


@pytest.mark.parametrize("case", ["empty", "text", "keras cut off", "onnx cut off", "another zip"])
def test_a_spec_is_not_written_into_what_is_no_model_and_the_file_stays(case: str, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(BAD[case][0])
    with pytest.raises(ArtifactError):
        write_spec(path, SPEC)
    assert path.read_bytes() == BAD[case][0]
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_spec_inside_a_good_file_is_an_artifact_error(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(bare_model("onnx") + metadata_entry("unetkit_spec", '{"schema": 1}'))
    with pytest.raises(ArtifactError, match="model spec is not valid"):
        read_spec(path)


@EVERY_FORMAT
def test_a_file_of_another_schema_is_refused_by_its_name_and_number(kind: str, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, SPEC)
    text = SPEC.to_json()
    newer = text.replace('"schema": 1', '"schema": 2')
    assert len(newer) == len(text)
    content = path.read_bytes().replace(text.encode(), newer.encode())
    # the archive's checksum of the member stands in both of its records
    content = content.replace(
        zlib.crc32(text.encode()).to_bytes(4, "little"), zlib.crc32(newer.encode()).to_bytes(4, "little")
    )
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model: model spec: schema is 2, expected 1"):
        read_spec(path)


def test_a_spec_member_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("unetkit_spec.json", " " * 2_000_000)
    with pytest.raises(ArtifactError, match="is over 1,000,000 bytes"):
        read_spec(path)


@pytest.mark.parametrize(("offset", "value"), [(8, 0x0001), (10, 99), (10, 12), (10, 14)])
def test_an_encrypted_or_strangely_packed_member_is_an_artifact_error(offset: int, value: int, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "best.keras", "keras")
    write_spec(path, SPEC)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")  # the central directory's record of the spec: flags at 8, method at 10
    content[entry + offset : entry + offset + 2] = value.to_bytes(2, "little")
    local = content.rindex(b"PK\x03\x04")
    content[local + offset - 2 : local + offset] = value.to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_spec(path)


@EVERY_FORMAT
def test_random_damage_is_read_or_refused_and_never_ends_otherwise(kind: str, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, SPEC)
    whole = path.read_bytes()
    generator = random.Random(7)
    for _ in range(100):
        path.write_bytes(_damaged(whole, generator))
        for read in (read_spec, check_intact, lambda file: write_spec(file, SPEC)):
            with contextlib.suppress(ArtifactError):
                read(path)


def _damaged(content: bytes, generator: random.Random) -> bytes:
    damaged = bytearray(content)
    if generator.random() < 0.3:
        del damaged[generator.randrange(len(damaged)) :]
    for _ in range(generator.randint(1, 6)):
        if damaged:
            damaged[generator.randrange(len(damaged))] = generator.choice(
                (0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256))
            )
    return bytes(damaged)


@EVERY_FORMAT
def test_a_cut_at_any_place_is_refused(kind: str, tmp_path: Path) -> None:
    path = write_bare(tmp_path / "model", kind)
    write_spec(path, SPEC)
    whole = path.read_bytes()
    for end in range(0, len(whole), 37):
        path.write_bytes(whole[:end])
        with pytest.raises(ArtifactError):
            (read_spec if kind == "keras" else check_intact)(path)


@EVERY_FORMAT
def test_a_folder_that_takes_no_file_is_an_output_error_and_leaves_the_model(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_bare(tmp_path / "model", kind)

    def refuse(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(OutputError, match="No space left on device"):
        write_spec(path, SPEC)
    assert path.read_bytes() == bare_model(kind)
    assert list(tmp_path.iterdir()) == [path]
