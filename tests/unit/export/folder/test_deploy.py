"""deploy/: the programs that need no unetkit give unetkit's masks."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import unetkit.export.folder
from tests.tiny_models import SPEC, write_onnx
from unetkit.contract.artifact import read_spec, write_spec
from unetkit.data.scene import scene
from unetkit.export.graph import INPUT_NAME
from unetkit.runtime.builtin import builtin_models
from unetkit.runtime.segmenter import Segmenter

DEPLOY = Path(unetkit.export.folder.__file__).parent / "deploy"
ABI = Path(__file__).parent / "abi"
OPENCV = ("/usr/include/opencv4", "/usr/local/include/opencv4", "/opt/homebrew/include/opencv4")
SIZES = {"its own size": None, "smaller": (50, 70), "larger": (480, 640), "upright": (700, 300)}
Labels = NDArray[np.uint8]


def with_exported_names(path: Path) -> Path:
    """Every export's input is called `frame`."""
    import onnx

    spec, model = read_spec(path), onnx.load(path)
    model.graph.input[0].name = INPUT_NAME
    model.graph.node[0].input[0] = INPUT_NAME
    onnx.save(model, path)
    write_spec(path, spec)
    return path


def _in_place(path: Path, _: Path) -> Path:
    return path


def model_files() -> dict[str, Callable[[Path], Path]]:
    """Heads of one channel and of several, both formats, int8 and float, stretched and letterboxed frames."""
    boxed = replace(SPEC, input=replace(SPEC.input, fit="letterbox"))
    files: dict[str, Callable[[Path], Path]] = {
        "float onnx": lambda folder: with_exported_names(write_onnx(folder / "model.onnx")),
        "letterboxed onnx": lambda folder: with_exported_names(write_onnx(folder / "model.onnx", spec=boxed)),
    }
    for model in builtin_models():
        for item in model.files:
            files[f"{model.name} {item.format}"] = partial(_in_place, model.folder / item.file)
    return files


MODELS = model_files()


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return MODELS[request.param](tmp_path)


def frame_of(model: Path, size: str) -> NDArray[np.uint8]:
    with Segmenter.open(model, device="cpu") as segmenter:
        return scene(3, SIZES[size] or segmenter.spec.input.hw)[0]


def expected(model: Path, frame: NDArray[np.uint8]) -> Labels:
    with Segmenter.open(model, device="cpu") as segmenter:
        return segmenter.predict(frame).labels


@pytest.mark.parametrize("size", SIZES)
def test_the_python_program_gives_the_mask_of_unetkit(model: Path, size: str) -> None:
    specification = importlib.util.spec_from_file_location("segment", DEPLOY / "segment.py")
    assert specification is not None
    assert specification.loader is not None
    program = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(program)
    frame = frame_of(model, size)
    np.testing.assert_array_equal(program.Model(str(model)).segment(frame), expected(model, frame))


def test_the_python_program_runs_alone_and_prints_the_classes(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "model.onnx")
    frame = frame_of(model, "larger")
    cv2.imwrite(str(tmp_path / "picture.png"), frame)
    shutil.copy(DEPLOY / "segment.py", tmp_path)
    program = (
        "import runpy, sys; sys.modules['unetkit'] = None;"  # importing it would fail
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    arguments = ["segment.py", "model.onnx", "picture.png", "mask.png"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = sys.argv[1:]; {program}", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["0 ground", "1 cat", "2 dog"]
    mask = cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(mask, expected(model, frame))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Path, Path], str]:
    """segment.cpp, compiled with the library that the onnxruntime package carries."""
    compiler = shutil.which("c++") or pytest.skip("no C++ compiler here")
    headers = next((path for path in OPENCV if Path(path, "opencv2/core.hpp").is_file()), None)
    if headers is None:
        pytest.skip("OpenCV's C++ headers are not installed here")
    import onnxruntime

    library = next((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.1.*"), None)
    if library is None:
        pytest.skip("this onnxruntime package carries no shared library")
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "libonnxruntime.so.1").symlink_to(library)
    program = folder / "segment"
    command: list[str | Path] = [
        compiler,
        "-std=c++17",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-isystem",
        headers,
        "-I",
        ABI,
    ]
    libraries: list[str | Path] = [
        folder / "libonnxruntime.so.1",
        "-lopencv_core",
        "-lopencv_imgproc",
        "-lopencv_imgcodecs",
    ]
    subprocess.run([*command, DEPLOY / "segment.cpp", "-o", program, *libraries], check=True, timeout=300)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}

    def run(model: Path, picture: Path, mask: Path) -> str:
        done = subprocess.run(
            [program, model, picture, mask], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("name", [name for name in MODELS if "tflite" not in name])
@pytest.mark.parametrize("size", SIZES)
def test_the_cpp_program_gives_the_mask_of_unetkit(
    name: str, size: str, compiled: Callable[[Path, Path, Path], str], tmp_path: Path
) -> None:
    model = MODELS[name](tmp_path)
    frame = frame_of(model, size)
    cv2.imwrite(str(tmp_path / "picture.png"), frame)
    told = compiled(model, tmp_path / "picture.png", tmp_path / "mask.png")
    mask = cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_UNCHANGED)
    with Segmenter.open(model, device="cpu") as segmenter:
        labels, classes = segmenter.predict(frame).labels, segmenter.spec.class_names
    assert [line.split(":")[0] for line in told.splitlines()] == [
        f"{index} {item}" for index, item in enumerate(classes)
    ]
    # The system's OpenCV and Python's are different versions, whose bilinear resizes differ in the last bit.
    least = 1.0 if SIZES[size] is None else 0.995
    assert np.mean(mask == labels) >= least
