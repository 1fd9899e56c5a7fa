"""The page: whole, self-contained, and not to be broken by a name."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.unit.trainer.report.runfacts import Pictures, epoch, facts, record, spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.shards import Rows
from unetkit.trainer.report.assessment import Assessment
from unetkit.trainer.report.page import RunFacts, write_report

HOSTILE = '<script>alert("x")</script>'


class Outline(HTMLParser):
    """What a browser would see: tags, whether they are nested well, their addresses, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}]
        if tag not in {"meta", "img"}:  # HTML's own that have no end; SVG's end with />
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(path: Path, told: RunFacts, pictures: Pictures) -> tuple[str, Assessment]:
    run = RunFolder(path)
    found = write_report(run, told, pictures.predict, Rows([pictures.frames]), Rows([pictures.labels]), range(4))
    assert [item.name for item in path.iterdir()] == ["report.html"]
    return run.page.read_text(encoding="utf-8"), found


def test_the_page_holds_every_part(tmp_path: Path) -> None:
    page, found = _page(tmp_path / "my run", facts(), Pictures())
    text = Outline(page).text
    assert f"{found.accuracy.miou:.3f}" in text
    for part in ("on 4 validation images", "IoU on the validation split", "Loss", "What is taken for what", "Classes"):
        assert part in text
    for part in ("Best pictures", "Worst pictures", "Settings", "Environment", "within 2 px", "12,345 parameters"):
        assert part in text
    assert "ab" * 32 in text
    assert "host.packages.numpy" in text
    assert "my run" in text
    assert text.index("first") < text.index("fourth")


def test_the_page_asks_for_nothing_outside_itself(tmp_path: Path) -> None:
    page, _ = _page(tmp_path, facts(), Pictures())
    outline = Outline(page)
    assert outline.open == []
    assert {"script", "link", "iframe", "object"}.isdisjoint(outline.tags)
    assert len(outline.addresses) == 4 * 4  # four pictures, four tiles each
    assert all(address.startswith("data:image/") for address in outline.addresses)
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("hostile", [HOSTILE, '"><img src=x onerror=alert(1)>', "</style></title>&amp;{{ 7 * 7 }}"])
def test_no_name_breaks_the_page(hostile: str, tmp_path: Path) -> None:
    names = (hostile, "b", "c", "d")
    classes = tuple(ClassSpec(name=name, bgr=(1, 2, 3)) for name in ("background", hostile, "dog"))
    history = [epoch(1, 0.4)]
    history = [
        replace(row, accuracy=replace(row.accuracy, class_names=("background", hostile, "dog"))) for row in history
    ]
    told = facts(
        names,
        spec=replace(spec(), classes=classes),
        history=history,
        config={"network": hostile, "epochs": 1, hostile: hostile},
        environment={hostile: {hostile: hostile}},
        record=replace(record(names), reference=hostile, digest=hostile),
    )
    page, _ = _page(tmp_path / "run", told, Pictures())
    plain, _ = _page(tmp_path / "plain", facts(), Pictures())
    assert set(Outline(page).tags) == set(Outline(plain).tags)
    assert Outline(page).text.count(hostile) >= 10
    assert hostile not in page


def test_a_run_named_by_a_stranger_is_escaped_too(tmp_path: Path) -> None:
    page, _ = _page(tmp_path / "<b>run&", facts(), Pictures())
    assert "<title>&lt;b&gt;run&amp;: mIoU" in page


def test_a_file_name_that_is_no_unicode_does_not_stop_the_report(tmp_path: Path) -> None:
    page, _ = _page(tmp_path / "run", facts(("bad\udcff", "b", "c", "d")), Pictures())
    assert "bad?" in page


def test_pictures_of_unknown_truth_leave_a_page_without_figures(tmp_path: Path) -> None:
    pictures = Pictures()
    pictures.labels[:] = IGNORE_LABEL
    page, _ = _page(tmp_path / "run", facts(history=[epoch(1, float("nan"))], interrupted=True), pictures)
    assert "No validation picture has a pixel whose class is known." in page
    assert not re.search(r"\bnan\b", Outline(page).text)


def test_many_classes_show_the_largest_confusions_instead_of_a_matrix(tmp_path: Path) -> None:
    names = tuple(f"class {index}" for index in range(40))
    classes = tuple(ClassSpec(name=name, bgr=(1, 2, 3)) for name in names)
    pictures = Pictures()

    def predict(row: int) -> np.ndarray:
        return np.where(np.arange(40) == pictures.found[row][..., np.newaxis], 0.9, 0.1 / 39).astype(np.float32)

    accuracy = replace(epoch(1, 0.5).accuracy, class_names=names, iou=(0.5,) * 40, dice=(0.5,) * 40)
    told = facts(spec=replace(spec(), classes=classes), history=[replace(epoch(1, 0.5), accuracy=accuracy)])
    run = RunFolder(tmp_path)
    write_report(run, told, predict, Rows([pictures.frames]), Rows([pictures.labels]), range(4))
    text = Outline(run.page.read_text(encoding="utf-8")).text
    assert "The matrix of 40 classes does not fit a page." in text
    assert "class 2 taken for class 1" in text
    assert "class 39" in text
