"""report.html of an export: what the files lost, how large and how fast they are, and what they are made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.pages.document import write_document
from unetkit.pages.flattening import flat

_TEMPLATES = Path(__file__).parent / "templates"
_TABLE_CLASSES = 16  # more do not fit a page: then those that change most are told
_SEEN = 0.005  # a change of IoU that a reader should notice: half a point
Report = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`level` is `good`, `note` or `warning`."""

    level: str
    text: str


def write_page(path: Path, report: Report) -> None:
    """Write the page.

    Args:
        path: of the page.
        report: what `report.json` holds.

    Raises:
        OutputError: it cannot be written.
        MissingDependencyError: no Jinja2.
    """
    write_document(path, "export.html", _values(report), folders=[_TEMPLATES])


def _values(report: Report) -> dict[str, Any]:
    results = report["results"]
    worst = min(results, key=lambda row: row["miou_change"])
    calibration = report["calibration"] or {"frames": 0}
    return {
        "report": report,
        "model": report["model"],
        "worst": worst,
        "grade": grade(worst["miou_change"]),
        "smallest": min(results, key=lambda row: row["bytes"]),
        "rows": list(_rows(results)),
        "quantised": list(_quantised(results)),
        "calibration": calibration,
        "engines": list(_engines(report.get("engines") or ())),
        "verdict": (report.get("verdict") or {}).get("sentence"),
        "findings": findings(report),
        "class_names": changing_classes(results),
        "all_classes": len(results[0]["iou"]),
        "colors": {item["name"]: _rgb(item["bgr"]) for item in report["model"]["classes"]},
        "tables": {
            "Calibration": _told({key: value for key, value in calibration.items() if key != "names"}),
            "Where it came from": _told(
                {"checkpoint": report["checkpoint"], "SHA-256 of the checkpoint": report["checkpoint_sha256"]}
                | {f"data {key}": value for key, value in report["data"].items()}
                | report["model"]["provenance"]
            ),
            "This machine": _told(report["host"]),
            "Versions": _told(report["versions"]),
        },
    }


def grade(change: float) -> str:
    """By mIoU: at most half a point lost is `good`, at most two are `fair`, more is `poor`."""
    return "good" if change >= -_SEEN else "fair" if change >= -4 * _SEEN else "poor"


def findings(report: Report) -> list[Finding]:
    """What a reader should see first; every sentence carries its figures."""
    return [*_of_floats(report["results"]), *_of_classes(report["results"]), *_of_size(report["results"])]


def _of_floats(results: Sequence[Report]) -> Iterator[Finding]:
    floats = [row for row in results if row["precision"] in {"fp32", "fp16"}]
    if floats:
        agreement = min(row["mask_agreement"] for row in floats)
        text = f"Float files give at least {100 * agreement:.2f}% of the trained model's mask pixels."
        yield Finding(level="good" if agreement >= 0.995 else "warning", text=text)


def _of_classes(results: Sequence[Report]) -> Iterator[Finding]:
    changes = [
        (change, name, row["file"])
        for row in results
        for name, change in row["iou_change"].items()
        if change is not None and change < -_SEEN
    ]
    if not changes:
        yield Finding(level="good", text="No class loses more than half a point of IoU in any file.")
        return
    change, name, file = min(changes)
    text = f"“{name}” loses most: {100 * change:+.1f} points of IoU in {file}."
    yield Finding(level="note" if change > -4 * _SEEN else "warning", text=text)


def _of_size(results: Sequence[Report]) -> Iterator[Finding]:
    for row in results:
        share = _of_float32(row, results)
        if row["precision"] == "int8" and share is not None:
            yield Finding(
                level="good" if share < 0.4 else "note", text=f"{row['file']} has {share:.2f} of float32's size."
            )


def _rows(results: Sequence[Report]) -> Iterator[dict[str, Any]]:
    largest = max(row["bytes"] for row in results)
    for row in results:
        yield {**row, "meter": 100 * row["bytes"] / largest, "of_float32": _of_float32(row, results)}


def _engines(rows: Sequence[Report]) -> Iterator[dict[str, Any]]:
    """Every file in every engine that was tried: whether it is the model there, and how fast."""
    for row in rows:
        quartiles = row.get("ratio_q1"), row.get("ratio_q3")
        known = None not in quartiles
        yield {
            "file": row["file"],
            "engine": row["engine"],
            "reason": row.get("reason") or "",
            "median_ms": row.get("median_ms"),
            "ratio": row.get("ratio"),
            "middle_half": "{:.2f} to {:.2f}".format(*quartiles) if known else "",
        }


def _quantised(results: Sequence[Report]) -> Iterator[dict[str, Any]]:
    for row in results:
        recipe, operators = row.get("quantisation"), row.get("operators")
        if recipe is not None:
            told = {name.replace("_", " "): _setting(value) for name, value in recipe.items()}
            integer = f"{operators['integer']} of {operators['integer'] + operators['float']}" if operators else "–"
            yield {"file": row["file"], "recipe": told, "integer": integer, "search": row.get("search")}


def _setting(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(len(value)) if isinstance(value, list | tuple) else str(value)


def _of_float32(row: Report, results: Sequence[Report]) -> float | None:
    """Size as a share of the float32 file of the same format."""
    for other in results:
        if other["format"] == row["format"] and other["precision"] == "fp32":
            return float(row["bytes"] / other["bytes"])
    return None


def changing_classes(results: Sequence[Report]) -> list[str]:
    """All classes where they fit the page, else those with the largest change of IoU in any file."""
    names = list(results[0]["iou"])
    if len(names) <= _TABLE_CLASSES:
        return names
    largest = {name: max(abs(row["iou_change"][name] or 0.0) for row in results) for name in names}
    chosen = sorted(names, key=lambda name: -largest[name])[:_TABLE_CLASSES]
    return [name for name in names if name in chosen]


def _rgb(bgr: Sequence[int]) -> str:
    return f"rgb({bgr[2]} {bgr[1]} {bgr[0]})"


def _told(table: Report) -> dict[str, str]:
    return {name: "–" if value is None or value == "" else str(value) for name, value in flat(table)}
