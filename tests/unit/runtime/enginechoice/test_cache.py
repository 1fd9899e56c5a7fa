"""Timings that are kept: for the same files, question and machine; and faults that cost nothing."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from unetkit.runtime.enginechoice import cache
from unetkit.runtime.enginechoice.cache import TimingCache, cache_folder, state_of
from unetkit.runtime.enginechoice.candidate import Candidate
from unetkit.runtime.enginechoice.timing import Timed, Timing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(b"weights")
    return tmp_path / "model.onnx"


def timing(path: Path) -> Timing:
    one = Candidate(path=path, engine="onnx", device="cpu", threads=2)
    return Timing(timed=(Timed(candidate=one, infer_ms=2.0, beside_ms=0.0),), refused=(("OpenVINO", "no"),))


def test_what_was_kept_is_found_again_by_another_process_s_cache(path: Path, tmp_path: Path) -> None:
    state = state_of([path], flow="live")
    TimingCache(tmp_path / "kept").store(state, [path], timing(path))
    assert TimingCache(tmp_path / "kept").load(state, [path]) == timing(path)


def test_a_file_that_moved_is_the_same_model(path: Path, tmp_path: Path) -> None:
    store = TimingCache(tmp_path / "kept")
    store.store(state_of([path]), [path], timing(path))
    moved = path.rename(tmp_path / "moved.onnx")
    assert store.load(state_of([moved]), [moved]) == timing(moved)


@pytest.mark.parametrize("change", ["content", "question", "affinity", "engine's version", "quota"])
def test_another_model_question_or_machine_is_timed_anew(
    change: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = TimingCache(tmp_path / "kept"), {"live": True}
    store.store(state_of([path], **asked), [path], timing(path))
    if change == "content":
        path.write_bytes(b"other weights")
    elif change == "question":
        asked = {"live": False}
    elif change == "affinity":
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {97}, raising=False)
    elif change == "quota":
        monkeypatch.setattr("unetkit.processors._quotas", lambda _: iter([0.5]))
    else:
        versions = [("onnxruntime", "99.0")]
        monkeypatch.setattr("unetkit.runtime.host._package_versions", lambda: versions)
    assert store.load(state_of([path], **asked), [path]) is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"state": {}}', b'"x"', b"[" * 100_000, None),
        b'{"state": STATE}',
        b'{"state": STATE, "timed": [{"path": 9}], "refused": []}',
        b'{"state": STATE, "timed": [], "refused": []}',
    ],
    ids=lambda content: str(content)[:40],
)
def test_a_corrupt_file_is_as_good_as_none(
    content: bytes | None, path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import json

    store, state = TimingCache(tmp_path / "kept"), state_of([path])
    store.store(state, [path], timing(path))
    (file,) = (tmp_path / "kept").iterdir()
    if content is None:
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(content.replace(b"STATE", json.dumps(state).encode()))
    with caplog.at_level(logging.INFO):
        assert store.load(state, [path]) is None
    store.store(state, [path], timing(path))  # and is replaced, where it can be
    assert store.load(state, [path]) == (None if content is None else timing(path))


def test_a_folder_that_cannot_be_written_is_told_and_fails_nothing(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    store = TimingCache(tmp_path / "taken")
    with caplog.at_level(logging.INFO):
        store.store(state_of([path]), [path], timing(path))
    assert "the engine choice is not kept: cannot write" in caplog.text
    assert store.load(state_of([path]), [path]) is None


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"UNETKIT_ENGINE_CACHE": "off"}, None),
        ({"UNETKIT_ENGINE_CACHE": "/some/where"}, Path("/some/where")),
        ({"UNETKIT_ENGINE_CACHE": "", "XDG_CACHE_HOME": "/home/me/xdg"}, Path("/home/me/xdg/unetkit/engines")),
    ],
    ids=str,
)
@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="XDG is Linux's")
def test_it_lies_where_the_environment_says(
    variables: dict[str, str], folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == folder


def test_without_a_folder_nothing_is_kept(path: Path) -> None:
    store = cache.TimingCache(None)
    state: dict[str, Any] = state_of([path])
    store.store(state, [path], timing(path))
    assert store.load(state, [path]) is None
