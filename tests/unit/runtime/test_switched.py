from pathlib import Path

import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, make_frame
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError
from unetkit.runtime.newfile import stamped, unused
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.sinks.recording import RecordingSink
from unetkit.runtime.sinks.switched import SwitchedRecording
from unetkit.runtime.sources.opening import open_source

MASK = Mask(labels=np.zeros((48, 64), np.uint8))


def show(sink: SwitchedRecording, index: int) -> bool:
    frame = make_frame(index, grey=90, hw=(48, 64), captured_ns=index * 40_000_000)
    return sink.show(frame, MASK, frame.bgr)


def frames_in(path: Path) -> int:
    source, count = open_source(str(path), every_frame=True), 0
    while source.read() is not None:
        count += 1
    return count


def test_each_time_that_it_is_switched_on_is_a_file_of_its_own(tmp_path: Path) -> None:
    controls = Controls(SPEC, ControlState(recording=True))
    sink = SwitchedRecording(controls, fps=25, path=tmp_path / "out.mkv")
    for index in range(3):
        assert show(sink, index)
    controls.change(recording=False)
    show(sink, 3)
    assert controls.said == f"recorded into {tmp_path / 'out.mkv'}"
    assert frames_in(tmp_path / "out.mkv") == 3
    controls.change(recording=True)
    for index in range(4, 6):
        show(sink, index)
    assert controls.said == f"recording into {tmp_path / 'out-2.mkv'}"
    sink.close()
    assert frames_in(tmp_path / "out-2.mkv") == 2
    assert {path.name for path in tmp_path.iterdir()} == {"out.mkv", "out-2.mkv"}


def test_without_a_path_nothing_is_recorded_until_it_is_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    controls = Controls(SPEC)
    sink = SwitchedRecording(controls)
    show(sink, 0)
    assert list(tmp_path.iterdir()) == []
    controls.change(recording=True)
    show(sink, 1)
    sink.close()
    (file,) = tmp_path.iterdir()
    assert file.suffix == ".mkv"
    assert frames_in(file) == 1


class Unwritable(RecordingSink):
    def show(self, *result: object) -> bool:
        raise OutputError("cannot write it")


def test_a_recording_by_a_key_that_cannot_be_written_is_told_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    controls = Controls(SPEC)
    sink = SwitchedRecording(controls, record=Unwritable)
    controls.change(recording=True)
    assert show(sink, 0)
    assert (controls.state.recording, controls.said) == (False, "cannot write it")
    assert show(sink, 1)


def test_a_recording_that_the_command_asked_for_and_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    controls = Controls(SPEC, ControlState(recording=True))
    sink = SwitchedRecording(controls, path=tmp_path / "out.mkv", record=Unwritable)
    with pytest.raises(OutputError, match="cannot write it"):
        show(sink, 0)


def test_names_never_mean_a_file_that_is_there(tmp_path: Path) -> None:
    first = stamped(".png", tmp_path, now_s=0)
    assert first.name.startswith("unetkit-19")
    first.touch()
    assert stamped(".png", tmp_path, now_s=0).name == f"{first.stem}-2.png"
    (tmp_path / "a.mkv").touch()
    (tmp_path / "a-2.mkv").touch()
    assert unused(tmp_path / "a.mkv").name == "a-3.mkv"
