from pathlib import Path

import pytest

from tests.unit.data.sets import write_folder, write_oxford
from unetkit.data.catalog import open_dataset
from unetkit.errors import DataError

MASK = [[0, 255]]


def test_a_folder_is_opened_by_its_layout_and_again_by_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "plain", {"a": MASK})
    write_oxford(tmp_path / "oxford", ["pug_1"])
    monkeypatch.chdir(tmp_path)
    for name, split in (("plain", "all"), ("oxford", "trainval")):
        dataset = open_dataset(name)
        assert list(dataset.splits) == [split]
        assert dataset.reference == str(tmp_path / name)
        assert open_dataset(dataset.reference).digest() == dataset.digest()


def test_the_synthetic_set_needs_no_file() -> None:
    assert open_dataset("synthetic").reference == "synthetic"


@pytest.mark.parametrize("reference", [None, "oxford-pets"])
def test_the_oxford_set_is_the_default_and_has_a_name(tmp_path: Path, reference: str | None) -> None:
    folder = write_oxford(tmp_path / "copy", ["pug_1"])
    assert open_dataset(reference, tmp_path).reference == str(folder)


def test_no_such_folder_is_named_with_what_could_be_given(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such folder: .*nowhere; give a folder .*oxford-pets or synthetic"):
        open_dataset(str(tmp_path / "nowhere"))


def test_a_folder_of_another_layout_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected images/ and masks/ .* or the Oxford-IIIT Pet layout"):
        open_dataset(str(tmp_path))
