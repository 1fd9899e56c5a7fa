"""Writes the rest of an export folder once its artifacts are proven."""

import json
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from unetkit.contract.spec import ModelSpec
from unetkit.data.record import DataRecord
from unetkit.export.folder.card import card_text
from unetkit.export.folder.page import write_page
from unetkit.export.target import CARD_FILE, DEPLOY_FOLDER, PAGE_FILE, REPORT_FILE
from unetkit.runtime.host import HostInfo
from unetkit.version import VERSION

_DEPLOY = Path(__file__).parent / "deploy"
_PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "onnxruntime-gpu", "ai-edge-litert", "openvino")


def write_contents(folder: Path, summary: Mapping[str, Any], spec: ModelSpec, record: DataRecord) -> None:
    """Write `report.json`, `report.html`, `card.md` and `deploy/`.

    Args:
        folder: with the artifacts.
        summary: as `ExportSummary.to_dict` gives it.
        spec: of the trained model.
        record: of the data that it was trained on.

    Raises:
        OutputError: the page cannot be written.
        MissingDependencyError: no Jinja2.
    """
    report = {**summary, **_facts(spec, record)}
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / REPORT_FILE).write_text(text, encoding="utf-8")
    write_page(folder / PAGE_FILE, report)
    (folder / CARD_FILE).write_text(card_text(report), encoding="utf-8")
    shutil.copytree(_DEPLOY, folder / DEPLOY_FOLDER, ignore=shutil.ignore_patterns("__pycache__"))


def _facts(spec: ModelSpec, record: DataRecord) -> dict[str, Any]:
    return {
        "model": json.loads(spec.to_json()),
        "data": {
            "reference": record.reference,
            "sha256": record.digest,
            "train": len(record.train),
            "validation": len(record.validation),
        },
        "host": HostInfo.here().to_dict(),
        "versions": {"unetkit": VERSION, **_versions()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # not every export needs all of them
            continue
    return found
