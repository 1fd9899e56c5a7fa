"""Arguments and options that several commands take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class NetworkName(StrEnum):
    """Networks to train."""

    EDGE_NANO = "edge-nano"
    EDGE_SMALL = "edge-small"
    EDGE = "edge"
    LITE0 = "lite0"
    LITE2 = "lite2"
    LITE0_DETAIL = "lite0-detail"
    MOBILENET_V2 = "mobilenet_v2"
    MOBILENET_V3_SMALL = "mobilenet_v3_small"
    MOBILENET_V3_LARGE = "mobilenet_v3_large"
    EFFICIENTNET_V2_B0 = "efficientnet_v2_b0"
    CLASSIC = "classic"


class EngineName(StrEnum):
    """Inference engines."""

    AUTO = "auto"
    ONNX = "onnx"
    TFLITE = "tflite"
    KERAS = "keras"
    OPENVINO = "openvino"
    OPENCV = "opencv"
    TENSORFLOW = "tensorflow"


class DeviceName(StrEnum):
    """Devices to run on."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


class RangesName(StrEnum):
    """What the ranges of int8 activations are chosen by."""

    AUTO = "auto"
    LEARNED = "learned"
    MINMAX = "minmax"
    PERCENTILE = "percentile"
    MSE = "mse"
    ENTROPY = "entropy"


class DataFormatName(StrEnum):
    """How a data set lies on disk."""

    AUTO = "auto"
    FOLDERS = "folders"
    OXFORD = "oxford"
    COCO = "coco"
    YOLO = "yolo"
    LABELME = "labelme"
    VOC = "voc"


def complete_model(incomplete: str) -> list[tuple[str, str]]:
    from unetkit.completion import complete_model

    return complete_model(incomplete)


def complete_builtin(incomplete: str) -> list[tuple[str, str]]:
    from unetkit.completion import complete_builtin

    return complete_builtin(incomplete)


ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A .keras, .onnx or .tflite file, or a built-in model by name.",
        autocompletion=complete_model,
    ),
]
NewestModel = Annotated[
    str | None,
    typer.Argument(
        help="Model file or built-in name; the newest export by default, without one the built-in person.",
        autocompletion=complete_model,
    ),
]
DataArgument = Annotated[str | None, typer.Argument(help="Folder, oxford-pets (default), synthetic or tfds:NAME.")]
DataDir = Annotated[Path | None, typer.Option(help="Where the Oxford-IIIT Pet set lies or is downloaded to.")]
DataFormatOption = Annotated[
    DataFormatName, typer.Option("--data-format", help="Of the folder; auto recognises it, and says by what with -v.")
]
Engine = Annotated[EngineName, typer.Option(help="Inference engine; auto goes by the model file.")]
TimedEngine = Annotated[
    EngineName, typer.Option("--engine", help="Inference engine; auto times those that open the model, once.")
]
Retime = Annotated[bool, typer.Option("--retime", help="Time the engines again, even if they were before.")]
RequireDevice = Annotated[
    DeviceName | None,
    typer.Option(help="The device that has to run all of the model; some of it on the CPU is an error, too."),
]
Device = Annotated[DeviceName, typer.Option(help="Where inference runs; what was asked for and did not start fails.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Inference threads; all usable cores by default.")]
TimedThreads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Inference threads; by default timed with the engine.")
]
MaxFrames = Annotated[int | None, typer.Option(min=1, help="Stop after so many frames.")]
MaxOutage = Annotated[
    float, typer.Option(min=0, help="Seconds without a picture, opening it again, before giving up; inf: never.")
]
CameraSize = Annotated[
    str | None, typer.Option("--camera-size", metavar="WxH", help="Size to ask of a camera; of raw standard input.")
]
CameraFps = Annotated[float | None, typer.Option("--camera-fps", help="Frames a second to ask of a camera.")]
CameraFormat = Annotated[
    str | None,
    typer.Option("--camera-format", metavar="FORMAT", help="Pixel format to ask of a camera: MJPG, YUYV; bgr24 of -."),
]
Serve = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Show it in browsers instead of a window; 127.0.0.1:8080: on this machine."),
]
ServeToken = Annotated[
    str | None,
    typer.Option("--token", envvar="UNETKIT_TOKEN", show_envvar=True, help="To be shown by clients; made by default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
