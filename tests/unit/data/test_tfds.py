"""TensorFlow Datasets, by a stand-in of the package: what is asked of it, and what is made of its answers."""

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.data.catalog import open_dataset
from unetkit.errors import DataError, MissingDependencyError


class Feature:
    def __init__(self, shape: tuple[int | None, ...], dtype: type = np.uint8, names: list[str] | None = None) -> None:
        self.shape, self.np_dtype = shape, dtype
        if names:
            self.names = names


PICTURE, MASK, TEXT = Feature((None, None, 3)), Feature((None, None, 1)), Feature((), object)


class Builder:
    """Of a set whose picture is red and whose mask holds `values`."""

    def __init__(self, data_dir: Path, features: dict[str, Feature], values: list[int]) -> None:
        self.data_dir = data_dir
        self.prepared = False
        self.splits = {"train": 2, "test": 1}
        self.info = types.SimpleNamespace(features=features, splits=self.splits, full_name="shapes/1.0.0")
        self.values = values

    def download_and_prepare(self) -> None:
        self.prepared = True

    def as_data_source(self, split: str) -> list[dict[str, Any]]:
        assert self.prepared
        red = np.zeros((1, len(self.values), 3), np.uint8)
        red[..., 0] = 200
        item = {"image": red, "mask": np.array([self.values], np.uint8)[..., None], "file_name": b"x"}
        return [item] * self.splits[split]


def install(
    monkeypatch: pytest.MonkeyPatch, folder: Path, values: list[int], **features: Feature
) -> list[tuple[Any, ...]]:
    """Put the stand-in where the package would be; gives what it was asked for."""
    asked: list[tuple[Any, ...]] = []
    package = types.ModuleType("tensorflow_datasets")

    def builder(name: str, *, data_dir: str | None, file_format: str) -> Builder:
        asked.append((name, data_dir, file_format))
        if name == "nothing":
            raise ValueError("Dataset nothing not found.\nAvailable datasets: ...")
        return Builder(folder, {"image": PICTURE, "mask": MASK, "file_name": TEXT, **features}, values)

    package.builder = builder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", package)
    return asked


def test_samples_are_read_one_by_one_as_bgr_with_the_values_as_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = install(monkeypatch, tmp_path, [0, 1, 2, 255])
    dataset = open_dataset("tfds:shapes/small:1.0.0", tmp_path)
    assert asked == [("shapes/small:1.0.0", str(tmp_path), "array_record")]
    assert dataset.splits == {"train": ("train/000000", "train/000001"), "test": ("test/000000",)}
    assert [item.name for item in dataset.classes] == ["class_0", "class_1", "class_2"]
    frame, labels = dataset.read("train/000001")
    assert frame[0, 0].tolist() == [0, 0, 200]
    assert labels.tolist() == [[0, 1, 2, 255]]
    assert dataset.reference == "tfds:shapes/small:1.0.0"


def test_a_mask_that_names_its_labels_gives_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tmp_path, [0, 2], mask=Feature((None, None, 1), names=["sky", "road", "car"]))
    dataset = open_dataset("tfds:shapes")
    assert [item.name for item in dataset.classes] == ["sky", "road", "car"]
    assert dataset.read("test/000000")[1].tolist() == [[0, 2]]


def test_classes_toml_in_the_prepared_folder_says_what_values_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, tmp_path, [1, 2, 3])
    with pytest.raises(DataError, match=r"holds value 1, expected 0\.\.C-1 .*classes\.toml can say"):
        open_dataset("tfds:shapes")
    (tmp_path / "classes.toml").write_text(
        'ignore = 3\n[[classes]]\nname = "background"\nfrom = 2\n[[classes]]\nname = "pet"\nfrom = 1\n'
    )
    dataset = open_dataset("tfds:shapes")
    assert dataset.read("test/000000")[1].tolist() == [[1, 0, 255]]
    other = (
        (tmp_path / "classes.toml").read_text().replace("from = 2", "from = 9").replace("ignore = 3", "ignore=[2,3]")
    )
    (tmp_path / "classes.toml").write_text(other)
    assert open_dataset("tfds:shapes").digest() != dataset.digest()


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"second": PICTURE}, "has 2 pictures of three channels and 1 masks of one"),
        ({"mask": TEXT}, "has 1 pictures of three channels and 0 masks of one"),
        ({"image": Feature((None, None, 3), np.float32)}, "has 0 pictures"),
    ],
)
def test_a_set_without_one_picture_and_one_mask_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, features: dict[str, Feature], message: str
) -> None:
    install(monkeypatch, tmp_path, [0, 1], **features)
    with pytest.raises(DataError, match=message):
        open_dataset("tfds:shapes")


def test_a_name_that_is_no_set_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tmp_path, [0, 1])
    with pytest.raises(DataError, match="tfds:nothing cannot be opened: ValueError: Dataset nothing not") as caught:
        open_dataset("tfds:nothing")
    assert "\n" not in str(caught.value)


def test_a_missing_package_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(MissingDependencyError, match=r"pip install tensorflow-datasets"):
        open_dataset("tfds:oxford_iiit_pet")
