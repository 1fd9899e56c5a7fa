from pathlib import Path

import pytest

from unetkit.data.classes import class_names, class_scheme
from unetkit.errors import DataError


@pytest.mark.parametrize(
    ("masks", "listed", "names", "table"),
    [
        ([{0, 255}, {0}], "", ("background", "object"), {0: 0, 255: 1}),
        ([{255}], "", ("background", "object"), {0: 0, 255: 1}),
        ([{0, 255}], "sky\nbird\n", ("sky", "bird"), {0: 0, 255: 1}),
        ([{0}, {1}], "", ("background", "object"), {0: 0, 1: 1, 255: 255}),
        ([{0, 1}, {2, 255}], "", ("class_0", "class_1", "class_2"), {1: 1, 2: 2, 255: 255}),
        ([{0, 255}, {1}], "", ("background", "object"), {1: 1, 255: 255}),
        ([{0, 2}], "a\nb\nc\nd", ("a", "b", "c", "d"), {2: 2}),
        ([{0, 255}, {2}], "a\nb\nc", ("a", "b", "c"), {0: 0, 2: 2, 255: 255}),
    ],
)
def test_values_become_classes(
    tmp_path: Path, masks: list[set[int]], listed: str, names: tuple[str, ...], table: dict[int, int]
) -> None:
    if listed:
        (tmp_path / "classes.txt").write_text(listed)
    scheme = class_scheme(tmp_path, {tmp_path / f"{index}.png": values for index, values in enumerate(masks)})
    assert tuple(item.name for item in scheme.classes) == names
    assert {value: int(scheme.labels_of_value[value]) for value in table} == table


@pytest.mark.parametrize(
    ("masks", "listed", "message"),
    [
        ([{0, 1}, {0, 3}, {3}], "", r"1\.png holds value 3, expected 0\.\.C-1 without a gap.*; 2 of 3 masks"),
        ([{0, 254, 255}], "", r"0\.png holds value 254"),
        ([set(range(256))], "", r"0\.png holds value 32, expected 0\.\.C-1"),
        ([{1, 2}], "", r"0\.png holds value 1, expected 0\.\.C-1"),
        ([{0, 1}, {0, 2, 7}], "a\nb", r"1\.png holds value 2, expected the 2 classes of classes\.txt; 1 of 2"),
        ([{0}, {0, 255}], "a\nb\nc", r"1\.png holds value 255, expected the 3 classes of classes\.txt"),
        ([{0}, {0}], "", "0 everywhere: there is no object"),
        ([{0, 1}], "only one", "names 1 classes, expected 2"),
        ([{0, 1}], "same\nsame", "names 2 classes, expected 2..255 different"),
    ],
)
def test_values_that_are_no_class_name_file_and_value(
    tmp_path: Path, masks: list[set[int]], listed: str, message: str
) -> None:
    if listed:
        (tmp_path / "classes.txt").write_text(listed)
    with pytest.raises(DataError, match=message):
        class_scheme(tmp_path, {tmp_path / f"{index}.png": values for index, values in enumerate(masks)})


def test_class_names_may_hold_a_byte_order_mark_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_bytes("\ufeffHintergrund\r\n\r\nTür\r\n".encode())
    assert class_names(path) == ("Hintergrund", "Tür")


def test_class_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes(b"T\xfcr\nWand\n")
    with pytest.raises(DataError, match="not UTF-8"):
        class_names(tmp_path / "classes.txt")


def test_every_class_has_its_own_color(tmp_path: Path) -> None:
    scheme = class_scheme(tmp_path, {tmp_path / "mask.png": set(range(32))})
    assert len({item.bgr for item in scheme.classes}) == 32
