"""Golden frames: which they are, and that they come back whole or not at all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny_models import HEIGHT, SPEC, WIDTH
from tests.unit.proof.exports import ByHand, golden, pictures, write_export
from unetkit.errors import ArtifactError
from unetkit.proof.golden import GoldenSet, golden_frames, refitted
from unetkit.runtime.segmenter import Segmenter


def test_they_are_real_dark_bright_bordered_noisy_and_of_odd_shapes() -> None:
    frames = golden_frames(pictures(9), SPEC.input)
    assert list(frames) == [*(f"real{n}" for n in (1, 2, 3, 4)), "dark", "bright", "border", "noise", "wide", "tall"]
    assert frames["dark"].max() == 0
    assert frames["bright"].min() == 255
    assert frames["border"][1:-1, 1:-1].max() == 0
    assert frames["border"][0, 1:-1].min() == 255
    assert len(np.unique(frames["noise"])) > 100
    assert frames["wide"].shape == (HEIGHT // 2, 3 * WIDTH + 1, 3)
    assert frames["tall"].shape == (2 * HEIGHT + 1, WIDTH // 3, 3)
    np.testing.assert_array_equal(frames["real4"], pictures(9)[8])


def test_the_same_pictures_give_the_same_frames() -> None:
    one, other = (golden_frames(pictures(), SPEC.input) for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_the_answers_are_the_trained_models(tmp_path: Path) -> None:
    made = GoldenSet.make(Segmenter(tmp_path, SPEC, ByHand()), pictures())
    for item in made.frames:
        np.testing.assert_array_equal(item.scores, ByHand().infer(item.tensor))
        assert item.tensor.shape == (1, HEIGHT, WIDTH, 3)


def test_what_was_written_comes_back_and_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    given = golden()
    for name in ("a", "b"):
        given.write(tmp_path / name)
    read = GoldenSet.read(tmp_path / "a")
    for one, other in zip(given.frames, read.frames, strict=True):
        assert one.name == other.name
        for field in ("frame", "tensor", "scores"):
            np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    files = sorted(item.name for item in (tmp_path / "a").iterdir())
    assert files == sorted([*(f"{item.name}.png" for item in given.frames), "expected.npz", "index.json"])
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_fitted_here_as_there_it_differs_by_no_step() -> None:
    assert refitted(golden(), SPEC.input) == 0


@pytest.mark.parametrize("file", ["real1.png", "expected.npz"])
def test_a_changed_file_is_named(file: str, tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export") / "golden"
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(ArtifactError, match=f"'{file}' was damaged or changed"):
        GoldenSet.read(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 9}, "of schema 9"),
        ({"frames": []}, "no golden frames"),
        ({"frames": ["../../etc/passwd"]}, "a frame is called"),
        ({"frames": ["none"]}, "no usable golden frames"),
        ({"frames": 7}, "no usable golden frames"),
        ({"sha256": {"../model.onnx": "0"}}, "damaged or changed"),
        ({"artifacts": [{"file": "model.onnx"}]}, "no usable golden frames"),
    ],
)
def test_an_index_of_another_form_is_refused(change: dict[str, object], told: str, tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export") / "golden"
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(index | change))
    with pytest.raises(ArtifactError, match=told) as caught:
        GoldenSet.read(folder)
    assert "\n" not in str(caught.value)


def test_an_array_that_would_have_to_be_unpickled_is_refused(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export") / "golden"
    arrays: Any = {"real1.scores": np.array([print], dtype=object)}
    np.savez(folder / "expected.npz", **arrays)
    index = json.loads((folder / "index.json").read_text())
    del index["sha256"]["expected.npz"]
    (folder / "index.json").write_text(json.dumps(index))
    with pytest.raises(ArtifactError, match="allow_pickle=False"):
        GoldenSet.read(folder)


def test_arrays_that_unpack_to_gigabytes_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_export(tmp_path / "export") / "golden"
    arrays: Any = {"real1.scores": np.zeros(1_000_000, np.uint8)}
    np.savez_compressed(folder / "expected.npz", **arrays)
    index = json.loads((folder / "index.json").read_text())
    del index["sha256"]["expected.npz"]
    (folder / "index.json").write_text(json.dumps(index))
    monkeypatch.setattr("unetkit.proof.golden._MAX_BYTES", 500_000)
    with pytest.raises(ArtifactError, match="unpacks to over"):
        GoldenSet.read(folder)
