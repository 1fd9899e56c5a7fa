from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.sets import jpeg, noise, png, write, write_oxford
from unetkit.data.oxford import OxfordPets
from unetkit.errors import DataError


def test_the_official_split_and_the_trimap_become_splits_and_labels(tmp_path: Path) -> None:
    dataset = OxfordPets(write_oxford(tmp_path, ["Abyssinian_1", "pug_2"], ["Bengal_3"]))
    assert dataset.splits == {"trainval": ("Abyssinian_1", "pug_2"), "test": ("Bengal_3",)}
    assert [item.name for item in dataset.classes] == ["pet", "background", "border"]
    frame, labels = dataset.read("Bengal_3")
    assert frame.shape == (8, 8, 3)
    np.testing.assert_array_equal(labels[::4, ::4], [[0, 1], [2, 1]])


def test_junk_and_unlisted_pictures_of_the_archive_are_left_out(tmp_path: Path) -> None:
    write_oxford(tmp_path, ["pug_2"], ["pug_3"])
    digest = OxfordPets(tmp_path).digest()
    write(tmp_path / "annotations" / "trimaps" / "._pug_2.png", b"resource fork")
    write(tmp_path / "images" / "Abyssinian_34.mat", b"matlab")
    write(tmp_path / "images" / "unlisted.jpg", jpeg(noise((8, 8))))
    dataset = OxfordPets(tmp_path)
    assert dataset.splits == {"trainval": ("pug_2",), "test": ("pug_3",)}
    assert dataset.digest() == digest


def test_a_copy_without_a_test_list_has_one_split(tmp_path: Path) -> None:
    assert list(OxfordPets(write_oxford(tmp_path, ["pug_2"])).splits) == ["trainval"]


def test_missing_files_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    write_oxford(tmp_path, ["pug_1", "pug_2"], ["pug_3"])
    (tmp_path / "images" / "pug_2.jpg").unlink()
    (tmp_path / "annotations" / "trimaps" / "pug_3.png").unlink()
    with pytest.raises(DataError, match=r"2 listed files are missing, the first is .*pug_2\.jpg"):
        OxfordPets(tmp_path)


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"trainval\.txt lists no picture"):
        OxfordPets(write_oxford(tmp_path, []))


@pytest.mark.parametrize("value", [0, 4, 255])
def test_a_trimap_value_outside_1_to_3_is_named(tmp_path: Path, value: int) -> None:
    write_oxford(tmp_path, ["pug_1"])
    write(tmp_path / "annotations" / "trimaps" / "pug_1.png", png([[1] * 8] * 7 + [[3] * 7 + [value]]))
    with pytest.raises(DataError, match=rf"pug_1\.png holds value {value}, expected 1 \(pet\)"):
        OxfordPets(tmp_path).read("pug_1")
