"""The model card of an export: what the files are, how good they are, how to run them, and what nobody measured.

After Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from unetkit.pages.markdown import bullet, plain, points, share, table

Report = Mapping[str, Any]


def card_text(report: Report) -> str:
    """The card as Markdown.

    Args:
        report: what `report.json` holds.
    """
    model, data = report["model"], report["data"]
    parts = [
        f"# {plain(model['name'])}",
        "A model that says of every pixel of a picture which class it belongs to.",
        table(("", ""), _facts(report)),
        "## Accuracy",
        _accuracy(report),
        "## Run it",
        "\n".join(map(bullet, _running(report["results"]))),
        "## Data",
        f"{plain(data['reference'])}: {data['train']:,} pictures trained on, {data['validation']:,} held out. "
        "The figures above are of the held-out pictures, which also chose the epoch, so they are a little kind.",
        "## Limits",
        "\n".join(map(bullet, _limits(report))),
        "## Made by",
        f"unetkit {report['versions']['unetkit']}",
        table(("what", "SHA-256"), _digests(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    model = report["model"]
    shape = model["input"]
    network = model["provenance"].get("network")
    yield "classes", ", ".join(f"{index} {plain(item['name'])}" for index, item in enumerate(model["classes"]))
    yield "input", f"uint8 (1, {shape['height']}, {shape['width']}, 3) BGR, frame fitted by {shape['fit']}"
    yield "output", f"{model['scores']}, {model['head']} head"
    if network is not None:
        yield "network", plain(str(network))


def _accuracy(report: Report) -> str:
    trained = report["keras"]
    names = list(trained["iou"])
    columns = ("model", "bytes", "pixel accuracy", "mIoU", *(f"IoU {plain(name)}" for name in names), "change")
    rows = [("trained, float32", "-", *_shares(trained), "-")]
    rows += [(row["file"], f"{row['bytes']:,}", *_shares(row), points(row["miou_change"])) for row in report["results"]]
    title = f"{trained['split']} split, {trained['images']:,} pictures; the change is in points of mIoU."
    return f"{title}\n\n{table(columns, rows)}"


def _shares(row: Report) -> list[str]:
    return [share(value) for value in (row["pixel_accuracy"], row["miou"], *row["iou"].values())]


def _running(results: Sequence[Report]) -> Iterator[str]:
    formats = {row["format"] for row in results}
    yield f"`unetkit webcam {results[0]['file']}` shows it on a camera, `unetkit bench .` times the files on a device."
    if formats & {"onnx", "tflite"}:
        yield "`python deploy/segment.py MODEL PICTURE MASK` runs it without unetkit; `deploy/README.md` says more."
    if "tflite" in formats:
        yield "MediaPipe's ImageSegmenter opens the .tflite files; give it BGR bytes."


def _limits(report: Report) -> Iterator[str]:
    yield "Accuracy was measured on pictures of the same data set; on others it may be lower."
    yield "How it does across groups of people, places and cameras was not measured."
    lost = [
        (row["iou_change"][name], name, row["file"])
        for row in report["results"]
        for name in row["iou_change"]
        if (row["iou_change"][name] or 0.0) < -0.005
    ]
    if lost:
        change, name, file = min(lost)
        yield f"{file} loses {-100 * change:.1f} points of IoU of {plain(name)}."


def _digests(report: Report) -> Iterator[tuple[str, str]]:
    yield from ((row["file"], row["sha256"]) for row in report["results"])
    yield "checkpoint", report["checkpoint_sha256"]
    yield "data", report["data"]["sha256"]
    if report["calibration"]:
        yield "calibration frames", report["calibration"]["sha256"]
