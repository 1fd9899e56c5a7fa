"""Files are whole or not there: whatever stops the writing, the old file stays and nothing lies about."""

import os
import stat
from pathlib import Path

import pytest

from unetkit.contract.publish import publish_bytes, publish_text, published
from unetkit.errors import ArtifactError, OutputError


def test_a_file_is_written_folders_included(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.json"
    publish_text(path, "größer\n")
    assert path.read_bytes() == "größer\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    publish_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_temporary_file_is_a_neighbour_with_the_same_suffix_and_hidden(tmp_path: Path) -> None:
    with published(tmp_path / "model.int8.onnx") as temporary:
        temporary.write_bytes(b"new")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".onnx"
        assert temporary.name.startswith(".model.int8-")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(), ArtifactError("bad"), ZeroDivisionError()])
def test_whatever_stops_the_writing_passes_on_and_the_old_file_stays(stop: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    path.write_bytes(b"old")
    with pytest.raises(type(stop)):  # noqa: SIM117, PT012 - the writer has two steps
        with published(path) as temporary:
            temporary.write_bytes(b"half")
            raise stop
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_an_output_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    path.write_bytes(b"old")
    refused = pytest.raises(OutputError, match=r"best\.keras: No space left on device; choose")
    with refused as caught, published(path), Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
    assert isinstance(caught.value.__cause__, OSError)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_wrote_nothing_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"), published(tmp_path / "model.onnx"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(OutputError, match="cannot write"):
        publish_text(tmp_path / "run" / "report.json", "{}")


def test_a_name_too_long_for_the_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too long"):
        publish_text(tmp_path / ("n" * 300), "")


@pytest.mark.parametrize("path", [Path(), Path("/"), Path(".."), Path("/dev/null")])
def test_a_folder_or_a_device_is_never_replaced(path: Path) -> None:
    before = path.stat().st_mode
    with pytest.raises(OutputError, match="it is a folder or a device"):
        publish_text(path, "x")
    assert path.stat().st_mode == before


def test_a_pipe_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError):
        publish_text(tmp_path / "pipe", "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert len(list(tmp_path.iterdir())) == 1
