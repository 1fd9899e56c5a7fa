"""A report of an export, as report.json holds it, with names that want to be markup."""

from typing import Any

HOSTILE = 'cat</td><script>alert("1")</script> | [x](http://evil) `'


def result(file: str, *, bytes_: int, change: float, precision: str = "fp32", **other: Any) -> dict[str, Any]:
    return {
        "format": file.rpartition(".")[2],
        "precision": precision,
        "file": file,
        "bytes": bytes_,
        "sha256": "ab" * 32,
        "compared_frames": 10,
        "max_abs_difference": 1e-5,
        "score_range": 9.0,
        "mask_agreement": 0.9991,
        "split": "validation",
        "images": 20,
        "pixel_accuracy": 0.9,
        "miou": 0.8 + change,
        "iou": {"ground": 0.9, HOSTILE: 0.7 + 2 * change, "ghost": None},
        "miou_change": change,
        "iou_change": {"ground": 0.0, HOSTILE: 2 * change, "ghost": None},
        **other,
    }


def report(*results: dict[str, Any], **other: Any) -> dict[str, Any]:
    names = ("ground", HOSTILE, "ghost")
    return {
        "schema": 1,
        "checkpoint": "runs/x/best.keras",
        "checkpoint_sha256": "cd" * 32,
        "keras": {
            "split": "validation",
            "images": 20,
            "pixel_accuracy": 0.9,
            "miou": 0.8,
            "iou": {"ground": 0.9, HOSTILE: 0.7, "ghost": None},
        },
        "max_drop": 1.0,
        "calibration": {"frames": 16, "sha256": "ef" * 32, "names": ["a", "b"]},
        "results": list(results)
        or [
            result("model.onnx", bytes_=4000, change=0.0),
            result(
                "model.int8.onnx",
                bytes_=1000,
                change=-0.012,
                precision="int8",
                quantisation={"ranges": "entropy", "per_channel": True, "float_layers": ["head", "stem"]},
                operators={"integer": 63, "float": 2, "float_kinds": {"Softmax": 2}, "conversions": 3},
                search={"trials": [{}, {}], "ranking": [], "found": True},
            ),
        ],
        "model": {
            "name": "edge",
            "input": {"height": 64, "width": 96, "fit": "stretch", "zero_point": 127},
            "classes": [{"name": name, "bgr": [1, 2, 3]} for name in names],
            "head": "softmax",
            "scores": "logits",
            "provenance": {"network": "edge", "note": HOSTILE},
        },
        "data": {"reference": "data/x_y", "sha256": "01" * 32, "train": 80, "validation": 20},
        "host": {"cpu": "a processor", "usable_cores": 2, "logical_cores": 4, "packages": {"numpy": "2.4"}},
        "versions": {"unetkit": "0.1.0", "keras": "3.15.1"},
        **other,
    }
