import json
from pathlib import Path

import pytest

from tests.unit.selection.reports import Timed, report_of
from unetkit.contract.publish import publish_text
from unetkit.errors import UsageError
from unetkit.selection.capability import CANDIDATE_NETWORKS, CANDIDATE_SIZES, MEASURED_MIOU, candidates
from unetkit.selection.making import publish_candidates
from unetkit.selection.plan import SELECTION_FILE, SelectionPlan, write_selection
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS

PI = (
    Timed("edge-nano", 128, "tflite", infer=5, end_to_end=9, work=24),
    Timed("edge-nano", 256, "tflite", infer=20, end_to_end=25, work=96),
    Timed("edge", 128, "tflite", infer=14, end_to_end=18, work=130),
    Timed("of another version", 128, "tflite", infer=1, end_to_end=2, work=999),
)


def no_steps(text: str) -> None:
    raise AssertionError(f"nothing is to be done, but: {text}")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "pi.json"
    publish_text(path, json.dumps(report_of(*PI).to_dict()))
    return path


def plan(profile: Path | None, network: str | None = None, size: int | None = None) -> SelectionPlan:
    made = SelectionPlan.of(fps=2, latency_ms=None, config=TrainConfig(), profile=profile, network=network, size=size)
    assert made is not None
    return made


def test_without_a_budget_and_a_profile_there_is_no_choice_and_with_a_profile_alone_an_error(profile: Path) -> None:
    assert SelectionPlan.of(fps=None, latency_ms=None, config=TrainConfig(width=0.5), size=100) is None
    with pytest.raises(UsageError, match="give --fps or --latency-ms"):
        SelectionPlan.of(fps=None, latency_ms=None, config=TrainConfig(), profile=profile)


def test_a_folder_that_holds_a_run_is_refused_before_anything_is_timed(tmp_path: Path) -> None:
    (tmp_path / "best.keras").write_bytes(b"")
    with pytest.raises(UsageError, match="already holds a run"):
        SelectionPlan.of(fps=30, latency_ms=None, config=TrainConfig(), out=tmp_path)


def test_every_candidate_can_be_trained() -> None:
    for name in CANDIDATE_NETWORKS:
        for size in CANDIDATE_SIZES:
            NETWORKS[name].input_spec(size, halved=True)
    assert set(MEASURED_MIOU) <= {(name, size) for name in CANDIDATE_NETWORKS for size in CANDIDATE_SIZES}


@pytest.mark.parametrize(
    ("network", "size", "chosen_from"),
    [
        ("edge", None, [("edge", size) for size in CANDIDATE_SIZES]),
        ("classic", 160, [("classic", 160)]),
        (None, 320, [(name, 320) for name in CANDIDATE_NETWORKS]),
    ],
)
def test_a_network_or_a_size_that_was_asked_for_leaves_the_others_out(
    network: str | None, size: int | None, chosen_from: list[tuple[str, int]]
) -> None:
    assert [(each.network, each.size) for each in candidates(network, size)] == chosen_from
    assert plan(None, network, size).chosen_from == candidates(network, size)


def test_networks_that_cannot_take_a_size_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.selection.capability.CANDIDATE_NETWORKS", ("classic", "lite0"))
    assert [str(each) for each in candidates(size=144)] == ["classic at 144"]  # lite0 needs a multiple of 32


def test_a_size_that_no_network_takes_is_an_error() -> None:
    with pytest.raises(UsageError, match="size 100 does not divide by"):
        plan(None, size=100)


@pytest.mark.parametrize(
    ("network", "size", "chosen_from"),
    [
        (None, None, [("edge-nano", 128), ("edge-nano", 256), ("edge", 128)]),
        ("edge-nano", None, [("edge-nano", 128), ("edge-nano", 256)]),
        (None, 256, [("edge-nano", 256)]),
    ],
)
def test_of_a_profile_the_networks_are_taken_that_were_timed_and_are_known(
    profile: Path, network: str | None, size: int | None, chosen_from: list[tuple[str, int]]
) -> None:
    assert [(each.network, each.size) for each in plan(profile, network, size).chosen_from] == chosen_from


def test_a_profile_without_what_was_asked_for_is_an_error(profile: Path) -> None:
    with pytest.raises(UsageError, match="it has edge-nano at 128, edge-nano at 256, edge at 128"):
        plan(profile, "lite0")


def test_a_profile_of_fewer_classes_is_refused_for_more_take_longer(profile: Path) -> None:
    with pytest.raises(UsageError, match=r"networks with 3 classes, the data has 5, .* --classes 5"):
        plan(profile).select(5, on_step=no_steps)


@pytest.mark.parametrize("setting", [{"width": 0.5}, {"depth": 3}])
def test_candidates_have_their_own_width_and_depth(setting: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="of their own width and depth; leave these out"):
        SelectionPlan.of(fps=30, latency_ms=None, config=TrainConfig(**setting))  # type: ignore[arg-type]


def test_a_choice_from_a_profile_takes_no_time_and_is_written_into_the_run(
    profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetkit.selection.plan.facts", lambda candidate, *, channels: (1000, 130))
    selection = plan(profile).select(3, on_step=no_steps)
    assert str(selection.chosen.candidate) == "edge at 128"
    write_selection(selection, tmp_path / "run")
    record = json.loads((tmp_path / "run" / SELECTION_FILE).read_text())
    assert [row["chosen"] for row in record["rows"]] == [True, False, False]


def test_a_network_that_is_another_one_in_this_version_is_refused(
    profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetkit.selection.plan.facts", lambda candidate, *, channels: (1001, 130))
    with pytest.raises(UsageError, match="of another edge at 128: 1,000 parameters, 130 multiply-adds, here 1,001"):
        plan(profile).select(2, on_step=no_steps)


def test_candidates_never_replace_a_folder_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "model.int8.onnx").write_bytes(b"somebody's")
    with pytest.raises(UsageError, match=r"holds 'model\.int8\.onnx', not from an export"):
        publish_candidates(tmp_path, candidates("edge-nano", 128), on_step=no_steps)


def test_candidates_of_an_unknown_format_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown export format 'pdf'"):
        publish_candidates(tmp_path / "new", candidates("edge-nano", 128), formats=["pdf"], on_step=no_steps)


@pytest.mark.parametrize("classes", [1, 256])
def test_candidates_of_no_possible_number_of_classes_are_an_error(tmp_path: Path, classes: int) -> None:
    with pytest.raises(UsageError, match=f"{classes} classes, expected 2 to 255"):
        publish_candidates(tmp_path / "new", candidates("edge-nano", 128), classes=classes, on_step=no_steps)
    assert list(tmp_path.iterdir()) == []
