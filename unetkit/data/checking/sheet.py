"""A check as one HTML page that needs nothing beside it: verdict, class balance, and what was found, with pictures."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.publish import publish_text
from unetkit.data.checking.finding import KINDS, Finding, printable
from unetkit.data.checking.report import CheckReport
from unetkit.data.checking.subject import Subject
from unetkit.data.palette import class_bgr
from unetkit.errors import DataError, UsageError

PICTURED = 60  # findings of a code that are shown with pictures; all of them are listed
_SIDE_PX = 144

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:76em;padding:0 1em;color:#1c1f24;background:#fff}
h1{font-size:1.5em;overflow-wrap:anywhere} h2{font-size:1.1em;margin:2.2em 0 .2em} p{margin:.2em 0 .8em}
table{border-collapse:collapse} td,th{padding:.15em .9em .15em 0;text-align:left} td.n,th.n{text-align:right}
.bar{width:22em;background:#eceef1} .bar i{display:block;height:.9em}
.tag{color:#fff;border-radius:.3em;padding:.1em .5em;font-size:.85em}
.error{background:#b3261e}.warning{background:#9a6700}.note{background:#57606a}.ok{background:#1a7f37}
.cards{display:flex;flex-wrap:wrap;gap:1em} figure{margin:0;width:19em;font-size:.82em;overflow-wrap:anywhere}
figure img,.gone{width:9.3em;height:9.3em;object-fit:contain;background:#eceef1;margin-right:.2em}
.gone{display:inline-block} ul{columns:2;font-size:.85em;overflow-wrap:anywhere}
"""


def require_html(path: Path) -> None:
    """See that a browser will know the page by its name.

    Raises:
        UsageError: another suffix.
    """
    if path.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f"the sheet is an HTML page, received {path}; call it {path.with_suffix('.html').name}")


def write_sheet(report: CheckReport, subject: Subject, path: Path) -> None:
    """Write the page.

    Args:
        report: of a check of the subject.
        subject: is asked for the pictures.
        path: an .html file.

    Raises:
        OutputError: it cannot be written.
    """
    name = html.escape(printable(report.reference))
    sections = "".join(_section(code, found, subject) for code, found in report.by_code().items())
    publish_text(
        path,
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style>'
        f"<h1>{name}</h1>{_summary(report)}{_balance(report)}{sections}</html>\n",
    )


def _summary(report: CheckReport) -> str:
    severity = next((severity.value for severity, count in report.counts.items() if count), "ok")
    pairs = ", ".join(f"{html.escape(split)} {count:,}" for split, count in report.splits.items())
    rows = "".join(
        f'<tr><td><span class="tag {KINDS[code].severity.value}">{KINDS[code].severity.value}</span>'
        f'<td class="n">{len(found):,}<td><a href="#{code}">{html.escape(KINDS[code].title)}</a>'
        for code, found in report.by_code().items()
    )
    how = "a sample, none compared with each other" if report.quick else "all"
    return (
        f'<p><span class="tag {severity}">{report.verdict.value}</span> Pairs: {pairs}. '
        f"Opened: {report.opened:,}, {how}.</p><table>{rows}</table>"
    )


def _balance(report: CheckReport) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(row.split)}<td>{html.escape(row.name)}"
        f'<td class="bar"><i style="width:{row.share:.2%};background:{_css(report.classes.index(row.name))}"></i>'
        f'<td class="n">{row.share:.2%}<td class="n">{row.pictures:,}'
        for row in report.balance
    )
    head = '<tr><th>split<th>class<th>share of the pixels<th><th class="n">pictures'
    return f"<h2>Class balance</h2><table>{head}{rows}</table>" if rows else ""


def _section(code: str, found: Sequence[Finding], subject: Subject) -> str:
    kind = KINDS[code]
    cards = "".join(_card(finding, subject) for finding in found[:PICTURED])
    rest = "".join(f"<li>{_words(finding)}" for finding in found[PICTURED:])
    return (
        f'<h2 id="{code}"><span class="tag {kind.severity.value}">{kind.severity.value}</span> '
        f"{html.escape(kind.title)} ({len(found):,})</h2><p>{code}: {html.escape(kind.advice)}</p>"
        f'<div class="cards">{cards}</div>{f"<ul>{rest}</ul>" if rest else ""}'
    )


def _card(finding: Finding, subject: Subject) -> str:
    images: list[str] = []
    for file in (finding.file, *finding.others):
        try:
            images += [_image(pixels) for pixels in subject.look(file)]
        except DataError:
            images.append('<span class="gone"></span>')
    return f"<figure>{''.join(images)}<figcaption>{_words(finding)}</figcaption></figure>"


def _words(finding: Finding) -> str:
    return f"<b>{html.escape(printable(finding.file))}</b> {html.escape(printable(finding.reason))}"


def _image(pixels: BgrFrame | Labels) -> str:
    scale = min(1.0, 2 * _SIDE_PX / max(pixels.shape[:2]))
    wh = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    if pixels.ndim == 2:
        small = _colored(np.asarray(cv2.resize(pixels, wh, interpolation=cv2.INTER_NEAREST), np.uint8))
    else:
        small = np.asarray(cv2.resize(pixels, wh, interpolation=cv2.INTER_AREA), np.uint8)
    data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'


def _colored(mask: Labels) -> BgrFrame:
    """Each value in another colour, the lowest one dark."""
    values, index = np.unique(mask, return_inverse=True)
    table = np.array([class_bgr(rank) for rank in range(len(values))], np.uint8)
    return table[index.reshape(mask.shape)]


def _css(label: int) -> str:
    blue, green, red = class_bgr(label)
    return f"rgb({red},{green},{blue})"
