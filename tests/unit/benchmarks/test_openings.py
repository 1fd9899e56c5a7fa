import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from tests.unit.selection.reports import Timed, artifact
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.openings import numbers, openings_of, thread_counts
from unetkit.commands.bench import BenchEngineName
from unetkit.commands.options import EngineName
from unetkit.errors import UsageError


@pytest.mark.parametrize(
    ("text", "cores", "counts"),
    [
        (None, 4, (None,)),
        ("2", 4, (2,)),
        ("1, 4,2,4", 4, (1, 4, 2)),
        ("sweep", 1, (1,)),
        ("sweep", 4, (1, 2, 4)),
        ("sweep", 6, (1, 2, 4, 6)),
    ],
)
def test_thread_counts_are_numbers_or_a_sweep_up_to_all_cores(
    text: str | None, cores: int, counts: tuple[int | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert thread_counts(text) == counts


@pytest.mark.parametrize("text", ["", "0", "1,,2", "two", "-1", "1.5"])
def test_what_is_no_number_from_one_on_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--batch takes numbers from 1 on with commas between, received"):
        numbers(text, "--batch")


def test_all_engines_means_those_that_open_the_file_each_with_every_number_of_threads(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    found = openings_of([path], engine="all", device="cpu", threads=(1, 2))
    assert {(each.path, each.threads) for each in found} == {(path, 1), (path, 2)}
    assert "onnx" in {each.engine for each in found}
    assert not {"auto", "tflite", "keras"} & {each.engine for each in found}


def test_a_file_that_no_engine_opens_says_what_each_said(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x09 not a model")
    with pytest.raises(UsageError, match=r"no engine here opens .*model\.onnx: "):
        openings_of([tmp_path / "model.onnx"], engine="all", device="cpu", threads=(None,))


def test_the_command_takes_every_engine_and_all_of_them() -> None:
    assert {each.value for each in BenchEngineName} == {each.value for each in EngineName} | {"all"}


def test_names_are_as_short_as_still_tells_artifacts_apart() -> None:
    one = artifact(Timed("edge", 128, "onnx", 1, 2))
    assert names_of([one]) == ("edge-128.int8.onnx",)
    assert names_of([one, replace(one, engine="openvino")]) == (
        "edge-128.int8.onnx, onnx",
        "edge-128.int8.onnx, openvino",
    )
    assert names_of([replace(one, threads=1), replace(one, threads=2, batch=4)]) == (
        "edge-128.int8.onnx, 1 thread, batch 1",
        "edge-128.int8.onnx, 2 threads, batch 4",
    )
    assert names_of([one, replace(one, path="b/edge-128.int8.onnx")]) == (
        "candidates/edge-128.int8.onnx",
        "b/edge-128.int8.onnx",
    )
