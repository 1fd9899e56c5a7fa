"""What other tools read of a model file, derived from its spec: it can never disagree with it.

- Ultralytics' loaders read `names`, `imgsz`, `stride`, `batch`, `channels` and `task` from ONNX metadata, as Python
  literals (docs.ultralytics.com, `AutoBackend`).
- OpenVINO's Model API reads keys that begin with `model_info` (docs.openvino.ai, "Model API"). Its `model_type` is
  left out on purpose: Model API's own decoding takes channels-first scores, and these are channels-last.
- MediaPipe's ImageSegmenter reads a file of labels, a class a line.
"""

import math

from unetkit.contract.spec import ModelSpec

_MAX_STRIDE = 32


def onnx_properties(spec: ModelSpec) -> dict[str, str]:
    """Metadata of an ONNX model, as text under each key."""
    height, width = spec.input.hw
    resize = {"stretch": "standard", "letterbox": "fit_to_window_letterbox"}[spec.input.fit]
    return {
        "description": f"unetkit {spec.name}: semantic segmentation",
        "task": "semantic",
        "names": repr(dict(enumerate(spec.class_names))),
        "imgsz": repr([height, width]),
        "stride": str(math.gcd(height, width, _MAX_STRIDE)),
        "batch": "1",
        "channels": "3",
        "model_info labels": " ".join(name.replace(" ", "_") for name in spec.class_names),
        "model_info resize_type": resize,
        "model_info pad_value": str(spec.input.zero_point),
        "model_info input_dtype": "u8",
        "model_info reverse_input_channels": "False",
        "model_info embedded_processing": "False",
    }


def labels_text(spec: ModelSpec) -> str:
    """A class a line, by label id; a binary head has one channel, its object's."""
    names = spec.class_names if spec.channels > 1 else spec.class_names[1:]
    return "".join(f"{name}\n" for name in names)
