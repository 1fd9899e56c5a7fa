"""What pip left: builds that overwrite each other, versions that clash, extras."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from unetkit.doctor import packages
from unetkit.doctor.finding import Status
from unetkit.doctor.packages import EXTRAS, clashes, extras, overwritten, required

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.mark.parametrize(
    ("installed", "build", "mend"),
    [
        ({"onnxruntime-gpu": "1.31"}, "onnxruntime-gpu", None),
        (
            {"onnxruntime": "1.31", "onnxruntime-gpu": "1.31"},
            "onnxruntime-gpu",
            "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu",
        ),
        (
            {"onnxruntime": "1.31", "onnxruntime-gpu": "1.31"},
            "onnxruntime",
            "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime",
        ),
        (
            {"opencv-python": "5", "opencv-contrib-python": "5", "opencv-python-headless": "5"},
            "onnxruntime",
            "pip uninstall -y opencv-python opencv-python-headless opencv-contrib-python && pip install opencv-python",
        ),
        (
            {"opencv-contrib-python": "5", "opencv-python-headless": "5"},
            "onnxruntime",
            "pip uninstall -y opencv-python-headless opencv-contrib-python && pip install opencv-python-headless",
        ),
    ],
)
def test_packages_that_bring_the_same_module_are_a_problem_with_the_line_that_leaves_one(
    installed: Mapping[str, str], build: str, mend: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "onnxruntime_here", lambda: build)
    found = list(overwritten(installed.get))
    assert [(finding.status, finding.mend) for finding in found] == ([] if mend is None else [(Status.PROBLEM, mend)])


@pytest.mark.parametrize(
    ("installed", "told", "mend"),
    [
        ({"numpy": "2.4.6", "protobuf": "7.1"}, None, None),
        ({"numpy": "1.26.4", "protobuf": "7.1"}, "1.26.4 is installed, and onnx 1.23 needs", "numpy>=2.0"),
        ({"numpy": "2.4.6", "protobuf": "3.20"}, "3.20 is installed, and onnx 1.23 needs", "protobuf>=5.27"),
        ({"numpy": "2.4.6"}, "not installed, and onnx needs it", "protobuf>=5.27"),
    ],
)
def test_a_version_that_somebody_does_not_want_is_named_with_who_does_not(
    installed: dict[str, str], told: str | None, mend: str | None
) -> None:
    wanted = [
        "numpy>=2.0",
        'protobuf>=5.27; python_version >= "3.8"',
        'flatbuffers; python_version < "3"',
        'numpy<1; extra == "old"',
        "not a requirement ((",
        "typing-extensions>=99",
    ]
    found = list(clashes({"onnx": "1.23", **installed}.get, lambda name: wanted if name == "onnx" else None))
    if told is None:
        assert found == []
        return
    (finding,) = found
    assert finding.status is Status.PROBLEM
    assert told in finding.text
    assert finding.mend == f'pip install "{mend}"'


def test_this_environment_has_no_clash() -> None:
    assert list(clashes()) == []


def test_extras_are_those_of_pyproject() -> None:
    declared = set(tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"])
    assert set(EXTRAS) == declared - {"all", "dev", "peers"}  # sums of others


def test_an_extra_is_there_when_all_of_its_modules_are() -> None:
    finding = extras(lambda module: module in {"openvino", "starlette"})
    assert finding.text.startswith("openvino installed; train, ")
    assert "serve" in finding.text.partition(";")[2]
    assert finding.mend == 'pip install "unetkit[train]"'


def test_what_unetkit_needs_itself_and_is_not_there_is_a_problem() -> None:
    (finding,) = required(lambda module: module != "platformdirs")
    assert (finding.status, finding.mend) == (Status.PROBLEM, "pip install platformdirs")
