"""What is timed at all."""

from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import write_onnx
from tests.unit.contract.modelfiles import write_bare
from unetkit.runtime.enginechoice import candidate
from unetkit.runtime.enginechoice.candidate import Candidate, engine_candidates, thread_candidates


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    packages = {"onnxruntime", "ai_edge_litert", "openvino", "cv2"}
    monkeypatch.setattr(candidate, "find_spec", lambda name: ModuleSpec(name, None) if name in packages else None)
    return packages


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    return write_onnx(tmp_path / "model.onnx")


def kinds(given: tuple[Candidate, ...]) -> list[tuple[str, str, int | None]]:
    return [(item.engine, item.device, item.threads) for item in given]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [("onnx", "cpu", 2), ("openvino", "cpu", 2), ("opencv", "cpu", 2)]),
        ({"cores": 16}, [("onnx", "cpu", 4), ("openvino", "cpu", 4), ("opencv", "cpu", 4)]),
        ({"threads": 1}, [("onnx", "cpu", 1), ("openvino", "cpu", 1), ("opencv", "cpu", 1)]),
        ({"gpu": True}, [("onnx", "cuda", 2), ("onnx", "cpu", 2), ("openvino", "cpu", 2), ("opencv", "cpu", 2)]),
        ({"gpu": True, "device": "cpu"}, [("onnx", "cpu", 2), ("openvino", "cpu", 2), ("opencv", "cpu", 2)]),
        ({"device": "cuda"}, [("onnx", "cuda", 2)]),
        ({"device": "tensorrt"}, [("onnx", "tensorrt", 2)]),
    ],
    ids=str,
)
@pytest.mark.usefixtures("installed")
def test_every_engine_that_reads_the_file_on_every_device_that_is_asked_for(
    options: dict[str, Any], expected: list[tuple[str, str, int]], onnx: Path
) -> None:
    settings: dict[str, Any] = {"device": "auto", "threads": None, "cores": 2, "gpu": False, **options}
    assert kinds(engine_candidates([onnx], **settings)) == expected


@pytest.mark.usefixtures("installed")
def test_tensorrt_is_timed_only_where_it_was_built_before(onnx: Path) -> None:
    settings: dict[str, Any] = {"device": "auto", "threads": None, "cores": 2, "gpu": True}
    assert ("onnx", "tensorrt", 2) not in kinds(engine_candidates([onnx], **settings))
    assert kinds(engine_candidates([onnx], **settings, tensorrt=[onnx]))[0] == ("onnx", "tensorrt", 2)


def test_an_engine_that_is_not_installed_is_no_candidate(onnx: Path, installed: set[str], tmp_path: Path) -> None:
    installed -= {"onnxruntime", "openvino", "ai_edge_litert"}
    tflite = write_bare(tmp_path / "model.tflite", "tflite")
    found = engine_candidates([tflite, onnx], device="auto", threads=None, cores=1, gpu=False)
    assert kinds(found) == [("opencv", "cpu", 1)]


@pytest.mark.parametrize(
    ("engine", "device", "threads", "cores", "expected"),
    [
        ("onnx", "cpu", 2, 2, [1]),
        ("tflite", "cpu", 4, 8, [1, 2, 8]),
        ("openvino", "cpu", 4, 12, [1, 2, 6, 8, 12]),
        ("onnx", "cpu", 1, 1, []),
        ("onnx", "cuda", 4, 8, []),
        ("opencv", "cpu", 2, 2, []),
        ("keras", "cpu", None, 8, []),
    ],
)
def test_threads_go_in_powers_of_two_with_half_and_all_of_the_cores(
    engine: Any, device: Any, threads: int | None, cores: int, expected: list[int]
) -> None:
    one = Candidate(path=Path("m"), engine=engine, device=device, threads=threads)
    assert [each.threads for each in thread_candidates(one, cores=cores)] == expected


@pytest.mark.parametrize(
    ("engine", "device", "threads", "name"),
    [
        ("tflite", "cpu", 2, "LiteRT, 2 threads"),
        ("openvino", "cpu", 1, "OpenVINO, 1 thread"),
        ("onnx", "cuda", 2, "ONNX Runtime, CUDA"),
        ("onnx", "tensorrt", 2, "ONNX Runtime, TensorRT"),
        ("keras", "cpu", None, "Keras"),
    ],
)
def test_people_read_the_engines_own_names(engine: Any, device: Any, threads: int | None, name: str) -> None:
    assert Candidate(path=Path("m"), engine=engine, device=device, threads=threads).name == name


@pytest.mark.usefixtures("installed")
def test_openvino_takes_the_onnx_file_where_there_is_one(onnx: Path, tmp_path: Path) -> None:
    tflite = write_bare(tmp_path / "model.tflite", "tflite")
    settings: dict[str, Any] = {"device": "auto", "threads": None, "cores": 1, "gpu": False}
    both = engine_candidates([tflite, onnx], **settings)
    assert [(item.path, item.engine) for item in both] == [
        (tflite, "tflite"),
        (onnx, "onnx"),
        (onnx, "openvino"),
        (onnx, "opencv"),
    ]
    assert [item.engine for item in engine_candidates([tflite], **settings)] == ["tflite", "openvino"]
