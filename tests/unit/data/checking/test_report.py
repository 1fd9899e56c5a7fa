"""The report for machines, the page for people, and the table in the docs."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.data.checking.photos import encoded, mask, photo, write_good
from tests.unit.data.sets import png, write
from unetkit.data.checking.check import check
from unetkit.data.checking.finding import KINDS, Finding, Severity, ordered, printable
from unetkit.data.checking.report import CheckReport, Verdict
from unetkit.data.checking.sheet import PICTURED, require_html, write_sheet
from unetkit.data.checking.subject import open_subject
from unetkit.errors import UsageError

DOCS = Path(__file__).parents[4] / "docs" / "data-check.md"


def _report(*codes: str) -> CheckReport:
    return CheckReport(
        reference="/data",
        quick=False,
        splits={"all": 1},
        opened=1,
        smallest_hw=None,
        largest_hw=None,
        classes=(),
        balance=(),
        findings=tuple(Finding(code=code, file="a", reason="because") for code in codes),
    )


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        ((), Verdict.USABLE),
        (("picture-grey",), Verdict.USABLE),
        (("picture-grey", "near-duplicate"), Verdict.WITH_WARNINGS),
        (("near-duplicate", "mask-jpeg"), Verdict.NOT_USABLE),
    ],
)
def test_the_worst_finding_decides(codes: tuple[str, ...], verdict: Verdict) -> None:
    assert _report(*codes).verdict is verdict


def test_the_worst_come_first() -> None:
    findings = [
        Finding(code="picture-grey", file="a", reason=""),
        Finding(code="mask-jpeg", file="b", reason=""),
        Finding(code="mask-jpeg", file="a", reason=""),
        Finding(code="duplicate", file="a", reason=""),
    ]
    assert [(each.code, each.file) for each in ordered(findings)] == [
        ("mask-jpeg", "a"),
        ("mask-jpeg", "b"),
        ("duplicate", "a"),
        ("picture-grey", "a"),
    ]


def test_kinds_are_listed_by_severity() -> None:
    ranks = [list(Severity).index(kind.severity) for kind in KINDS.values()]
    assert ranks == sorted(ranks)


def test_the_docs_explain_every_code_with_its_severity() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (error|warning|note) \|", DOCS.read_text("utf-8"), re.MULTILINE))
    assert rows == {code: kind.severity.value for code, kind in KINDS.items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("größe 1.png", "größe 1.png"),
        ("caf\udce9.png", "caf\\xe9.png"),
        ("a\x1b[31m\n.png", "a\\x1b[31m\\n.png"),
    ],
)
def test_names_are_printable(name: str, expected: str) -> None:
    assert printable(name) == expected


def test_the_json_form(tmp_path: Path) -> None:
    write_good(tmp_path, ("train/a", "train/b", "test/c"))
    write(tmp_path / "masks" / "test" / "c.png", png(mask(2)[:24].tolist()))
    table = json.loads(json.dumps(check(open_subject(str(tmp_path))).to_dict(), allow_nan=False))
    pixels = {"background": 2 * (3072 - 504), "object": 2 * 504}  # of a and b: a rectangle is 18 x 28
    assert table == {
        "schema": 1,
        "data": str(tmp_path),
        "verdict": "not usable",
        "quick": False,
        "splits": {"train": 2, "test": 1},
        "opened": 3,
        "smallest_hw": [48, 64],
        "largest_hw": [48, 64],
        "classes": ["background", "object"],
        "balance": [
            *(
                {"name": name, "split": "train", "pixels": count, "share": count / 6144, "pictures": 2}
                for name, count in pixels.items()
            ),
            *({"name": name, "split": "test", "pixels": 0, "share": 0.0, "pictures": 0} for name in pixels),
        ],
        "counts": {"error": 1, "warning": 0, "note": 0},
        "codes": {"size-differs": 1},
        "findings": [
            {
                "severity": "error",
                "code": "size-differs",
                "file": "masks/test/c.png",
                "others": ["images/test/c.jpg"],
                "reason": "64x24, the picture is 64x48 (width x height)",
                "advice": "export the masks at the picture's size",
                "details": {},
            }
        ],
    }


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(folder: Path) -> _Page:
    subject = open_subject(str(folder))
    sheet = folder / "sheet.html"
    write_sheet(check(subject), subject, sheet)
    page = _Page()
    page.feed(sheet.read_text("utf-8"))
    return page


def test_the_page_shows_twins_and_masks_and_needs_no_other_file(tmp_path: Path) -> None:
    write_good(tmp_path)
    write(tmp_path / "images" / "c.jpg", (tmp_path / "images" / "a.jpg").read_bytes())
    write(tmp_path / "masks" / "d.png", png([[0] * 64] * 48))  # the picture and its mask
    write(tmp_path / "masks" / "e.png", encoded(mask(4)))  # a JPEG: shown as it is
    write(tmp_path / "images" / "f.jpg", b"no picture")
    page = _page(tmp_path)
    assert page.tags.count("img") == 2 + 4 + 2 + 2  # of both twins the picture, and the picture with its mask
    assert page.text.count("images/f.jpg") == 1
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) for source in page.sources)
    assert "not usable" in page.text


@pytest.mark.parametrize("name", ["<script>alert(1)", '"><img src=x onerror=alert(1)>', "&lt;b&gt;"])
def test_hostile_names_are_text(tmp_path: Path, name: str) -> None:
    folder = write_good(tmp_path / "<u>set")
    write(folder / "images" / f"{name}.jpg", encoded(photo(9)))  # it has no mask
    page = _page(folder)
    assert f"images/{name}.jpg" in page.text
    assert str(folder) in page.text
    assert not {"script", "u"} & set(page.tags)
    assert page.tags.count("img") == 1
    assert "x" not in page.sources


def test_a_page_stays_small_however_many_findings_there_are(tmp_path: Path) -> None:
    write_good(tmp_path, tuple(f"p{index}" for index in range(PICTURED + 5)))
    for index in range(PICTURED + 5):
        (tmp_path / "masks" / f"p{index}.png").unlink()
    page = _page(tmp_path)
    assert page.tags.count("img") == PICTURED
    assert page.tags.count("li") == 5
    assert all(f"images/p{index}.jpg" in page.text for index in range(PICTURED + 5))


def test_a_page_is_html_by_its_name() -> None:
    require_html(Path("a.HTML"))
    with pytest.raises(UsageError, match=r"call it sheet\.html"):
        require_html(Path("out/sheet.png"))
