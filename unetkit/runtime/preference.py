"""Which of a model's formats this machine would rather run."""

from collections.abc import Sequence
from importlib.util import find_spec

from unetkit.contract.artifact import Format
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.backends.opening import ENGINES_OF


def preferred_formats(engine: Engine = "auto", device: Device = "auto") -> Sequence[Format]:
    """Formats that can run here, the best first.

    LiteRT is the faster engine for int8 on CPUs, so its format comes before ONNX where it is installed; it runs on
    nothing but CPUs, so a GPU that was asked for means ONNX.

    Args:
        engine: one that was asked for leaves the formats that it reads, its own first.
        device: where the model shall run.
    """
    if engine != "auto":
        read = [kind for kind, engines in ENGINES_OF.items() if engine in engines]
        return tuple(sorted(read, key=lambda kind: ENGINES_OF[kind].index(engine)))
    if device not in {"auto", "cpu"} or not find_spec("ai_edge_litert"):
        return ("onnx",)
    return ("tflite", "onnx")
