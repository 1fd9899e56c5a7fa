"""Charts: where lines, ticks and marks fall."""

import math

import pytest

from unetkit.trainer.report.chart import Line, draw_chart

LEFT, RIGHT, TOP, BOTTOM = 56, 508, 26, 258


def test_a_line_runs_from_corner_to_corner() -> None:
    chart = draw_chart("loss", [Line(name="a", x=[1, 2, 3], y=[0.0, 0.5, 1.0])])
    middle = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    assert chart.lines[0].path == f"M{LEFT}.0 {BOTTOM}.0h0L{middle[0]} {middle[1]}L{RIGHT}.0 {TOP}.0"
    assert (chart.lines[0].style, chart.lines[0].last) == ("tone-0", "1.000")
    assert (chart.left, chart.right, chart.top, chart.bottom) == (LEFT, RIGHT, TOP, BOTTOM)


def test_what_is_not_finite_is_a_gap() -> None:
    values = [0.0, math.nan, 1.0, math.inf]
    chart = draw_chart("loss", [Line(name="a", x=[1, 2, 3, 4], y=values)])
    path = chart.lines[0].path
    assert (path.count("M"), path.count("L")) == (2, 0)
    assert chart.lines[0].last == "1.000"
    assert chart.columns[1][2] == "epoch 2"
    assert chart.columns[2][2] == "epoch 3\na 1.0000"


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 1.0], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0.13, 0.71], ["0.0", "0.2", "0.4", "0.6", "0.8"]),
        ([0.951, 0.958], ["0.950", "0.952", "0.954", "0.956", "0.958"]),
        ([3.0, 47.0], ["0", "10", "20", "30", "40", "50"]),
        ([0.5, 0.5], ["0.5", "0.6"]),
        ([math.nan, math.nan], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_the_axis_has_round_numbers_around_the_values(values: list[float], ticks: list[str]) -> None:
    chart = draw_chart("loss", [Line(name="a", x=[1, 2], y=values)])
    assert [text for _, text in chart.y_ticks] == ticks
    assert (chart.y_ticks[0][0], chart.y_ticks[-1][0]) == (BOTTOM, TOP)


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [
        (1, ["1"]),
        (5, ["1", "2", "3", "4", "5"]),
        (45, ["10", "20", "30", "40"]),
        (300, ["50", "100", "150", "200", "250", "300"]),
    ],
)
def test_epochs_are_whole_and_few(epochs: int, ticks: list[str]) -> None:
    numbers = list(range(1, epochs + 1))
    chart = draw_chart("loss", [Line(name="a", x=numbers, y=[0.5] * epochs)])
    assert [text for _, text in chart.x_ticks] == ticks
    assert len(chart.columns) == epochs


def test_lines_of_different_length_share_the_axis() -> None:
    lines = [Line(name="short", x=[1, 2], y=[0.0, 1.0]), Line(name="long", x=[1, 2, 3], y=[0.0, 0.5, 1.0], tone=11)]
    chart = draw_chart("mIoU", lines, marks=[(3, "128 px"), (1, "begun"), (3, "best")], y_range=(0.0, 1.0))
    assert chart.lines[0].path.endswith(f"L{(LEFT + RIGHT) / 2} {TOP}.0")
    assert chart.lines[1].style == "tone-1 dashed"
    assert chart.marks == ((RIGHT, "128 px, best"), (LEFT, "begun"))
    assert chart.columns[2][2] == "epoch 3\nlong 1.0000"


def test_a_chart_without_a_value_is_an_empty_one() -> None:
    chart = draw_chart("loss", [])
    assert chart.lines == ()
    assert chart.columns == ()
