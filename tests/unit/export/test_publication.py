"""Whatever happens while a folder is filled, its place holds the whole old one or the whole new one."""

from pathlib import Path

import pytest

from unetkit.errors import OutputError, UsageError
from unetkit.export.publication import published_folder

OWN = frozenset({"model.onnx", "report.json"})


def fill(folder: Path, text: str) -> None:
    (folder / "model.onnx").write_text(text)


def test_a_new_folder_appears_with_its_parents(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    with published_folder(target, OWN) as folder:
        fill(folder, "new")
        assert not target.exists()
    assert (target / "model.onnx").read_text() == "new"
    assert [item.name for item in target.parent.iterdir()] == ["b"]


def test_the_old_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "export"
    target.mkdir()
    (target / "report.json").write_text("old")
    with published_folder(target, OWN) as folder:
        fill(folder, "new")
        assert (target / "report.json").read_text() == "old"
    assert [item.name for item in target.iterdir()] == ["model.onnx"]
    assert [item.name for item in tmp_path.iterdir()] == ["export"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_after_an_error_the_old_folder_is_all_there_is(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "export"
    target.mkdir()
    fill(target, "old")

    def interrupted() -> None:
        with published_folder(target, OWN) as folder:
            fill(folder, "new")
            raise error

    with pytest.raises(error):
        interrupted()
    assert (target / "model.onnx").read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["export"]


def test_the_old_folder_comes_back_when_the_new_one_cannot_move_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "export"
    target.mkdir()
    fill(target, "old")
    rename = Path.rename

    def fails_for_the_new_one(self: Path, to: Path) -> Path:
        if to == target and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    monkeypatch.setattr("unetkit.export.publication._exchanged", lambda *_: False)
    with pytest.raises(OutputError, match="No space left"), published_folder(target, OWN) as folder:
        fill(folder, "new")
    assert (target / "model.onnx").read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["export"]


def test_a_file_system_that_cannot_exchange_folders_gets_the_new_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetkit.export.publication._exchanged", lambda *_: False)
    for text in ("old", "new"):
        with published_folder(tmp_path / "export", OWN) as folder:
            fill(folder, text)
    assert (tmp_path / "export" / "model.onnx").read_text() == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["export"]


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*No space left"), published_folder(tmp_path / "x", OWN):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"), published_folder(tmp_path, OWN):
        pytest.fail("it let us in")
    assert [item.name for item in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file"), published_folder(tmp_path / "out", OWN):
        pytest.fail("it let us in")


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "export").symlink_to(tmp_path / "disk")
    with published_folder(tmp_path / "export", OWN) as folder:
        fill(folder, "new")
    assert (tmp_path / "export").is_symlink()
    assert (tmp_path / "disk" / "model.onnx").read_text() == "new"
