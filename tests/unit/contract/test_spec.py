"""The spec as JSON: what was written is read again, and what a stranger wrote is refused in one line."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from unetkit.contract.spec import MAX_CLASSES, MAX_JSON_BYTES, MAX_SIDE, ClassSpec, InputSpec, ModelSpec
from unetkit.errors import ArtifactError

SPEC = ModelSpec(
    name="edge-20240101.2",
    input=InputSpec(height=96, width=128, color_order="rgb", fit="letterbox", scale=1 / 255, zero_point=0),
    classes=(ClassSpec(name="ground", bgr=(0, 0, 0)), ClassSpec(name="кот / 猫", bgr=(255, 1, 20))),
    head="sigmoid",
    scores="probabilities",
    threshold=0.25,
    provenance={"network": "edge", "epochs": 45, "lr": 0.003, "official": True, "parent": None, "note": "größer"},
)
Table = dict[str, Any]


def test_json_gives_the_same_spec_back() -> None:
    assert ModelSpec.from_json(SPEC.to_json()) == SPEC


def test_the_shortest_spec_takes_the_defaults() -> None:
    classes = [{"name": "a", "bgr": [0, 0, 0]}, {"name": "b", "bgr": [1, 2, 3]}]
    text = json.dumps({"name": "m", "input": {"height": 1, "width": MAX_SIDE}, "classes": classes})
    spec = ModelSpec.from_json(text)
    assert (spec.input.hw, spec.input.color_order, spec.input.fit) == ((1, MAX_SIDE), "bgr", "stretch")
    assert (spec.input.scale, spec.input.zero_point) == (1 / 128, 127)
    assert (spec.head, spec.scores, spec.threshold, spec.provenance) == ("softmax", "logits", 0.5, {})
    assert spec.class_names == ("a", "b")
    assert spec.classes[1].bgr == (1, 2, 3)


def test_a_binary_head_has_one_channel_and_another_one_a_class() -> None:
    three = [{"name": str(index), "bgr": [0, 0, 0]} for index in range(3)]
    assert SPEC.channels == 1
    assert ModelSpec.from_json(_changed(classes=three, head="softmax")).channels == 3


def _changed(**fields: Any) -> str:
    return json.dumps({**json.loads(SPEC.to_json()), **fields})


def _without(field: str) -> str:
    table = json.loads(SPEC.to_json())
    del table[field]
    return json.dumps(table)


def _with_input(**fields: Any) -> str:
    return _changed(input={**json.loads(SPEC.to_json())["input"], **fields})


def _with_class(**fields: Any) -> str:
    return _changed(classes=[{"name": "ground", "bgr": [0, 0, 0]}, {"name": "cat", "bgr": [9, 9, 9], **fields}])


def _classes(count: int) -> list[Table]:
    return [{"name": f"class {index}", "bgr": [0, 0, 0]} for index in range(count)]


def test_label_255_stays_the_ignore_label_with_the_most_classes_there_may_be() -> None:
    assert MAX_CLASSES == 255
    assert ModelSpec.from_json(_changed(classes=_classes(255), head="softmax")).channels == 255


HOSTILE = {
    "no JSON": "weights",
    "empty": "",
    "cut off": SPEC.to_json()[:-20],
    "null": "null",
    "a number": "3",
    "text": '"spec"',
    "a list": "[]",
    "an empty table": "{}",
    "two documents": SPEC.to_json() * 2,
    "too long": SPEC.to_json() + " " * MAX_JSON_BYTES,
    "deep lists": "[" * 100_000,
    "deep tables": '{"a":' * 100_000,
    "deep provenance": _changed().replace('"edge"', "[" * 5000 + "]" * 5000),
    "an integer of 5,000 digits": _changed().replace("96", "9" * 5000),
    "a byte order mark": "\ufeff" + SPEC.to_json(),
    "another schema": _changed(schema=2),
    "schema as a bool": _changed(schema=True),
    "schema as a float": _changed(schema=1.0),
    "schema null": _changed(schema=None),
    "unknown field": _changed(license="MIT"),
    "unknown field of many lines": _changed(**{"x\nTraceback\n" * 50_000: 1}),
    "unknown input field": _with_input(depth=3),
    "unknown class field": _with_class(alpha=1),
    "self as a field": _changed(self=1),
    "input is a list": _changed(input=[96, 128]),
    "input is text": _changed(input="96x128"),
    "input is null": _changed(input=None),
    "height zero": _with_input(height=0),
    "height negative": _with_input(height=-16),
    "height huge": _with_input(height=MAX_SIDE + 1),
    "height beyond a float": _with_input(height=10**400),
    "height text": _with_input(height="96"),
    "height float": _with_input(height=96.0),
    "height bool": _with_input(height=True),
    "width null": _with_input(width=None),
    "width list": _with_input(width=[1]),
    "order grey": _with_input(color_order="grey"),
    "order list": _with_input(color_order=["bgr"]),
    "fit crop": _with_input(fit="crop"),
    "fit table": _with_input(fit={}),
    "scale zero": _with_input(scale=0),
    "scale above one": _with_input(scale=1.5),
    "scale NaN": _with_input(scale=float("nan")),
    "scale infinite": _with_input(scale=float("inf")),
    "scale beyond a float": _with_input(scale=10**400),
    "scale bool": _with_input(scale=True),
    "scale text": _with_input(scale="1/128"),
    "zero point 256": _with_input(zero_point=256),
    "zero point negative": _with_input(zero_point=-1),
    "zero point float": _with_input(zero_point=127.0),
    "zero point bool": _with_input(zero_point=False),
    "scores of 17 GiB": _changed(input={"height": MAX_SIDE, "width": MAX_SIDE}, classes=_classes(70), head="softmax"),
    "name climbs": _changed(name="../../etc/passwd"),
    "name absolute": _changed(name="/etc/passwd"),
    "name of Windows": _changed(name="C:\\model"),
    "name hidden": _changed(name=".ssh"),
    "name dots": _changed(name=".."),
    "name with a line end": _changed(name="model\n"),
    "name with NUL": _changed(name="model\0"),
    "name empty": _changed(name=""),
    "name long": _changed(name="m" * 101),
    "name a number": _changed(name=7),
    "name a list": _changed(name=["model"]),
    "no classes": _changed(classes=[]),
    "one class": _changed(classes=_classes(1), head="softmax"),
    "256 classes": _changed(classes=_classes(256), head="softmax"),
    "classes a number": _changed(classes=2),
    "classes text": _changed(classes="ab"),
    "classes null": _changed(classes=None),
    "classes of texts": _changed(classes=["ground", "cat"]),
    "classes of nulls": _changed(classes=[None, None]),
    "classes of lists": _changed(classes=[["ground", [0, 0, 0]]] * 2),
    "same names": _with_class(name="ground"),
    "class name a number": _with_class(name=1),
    "class name empty": _with_class(name=""),
    "class name long": _with_class(name="n" * 201),
    "class name moves the cursor": _with_class(name="\x1b[2Jcat"),
    "class name half a character": _with_class(name="\ud800"),
    "colour of two": _with_class(bgr=[0, 0]),
    "colour of four": _with_class(bgr=[0, 0, 0, 0]),
    "colour 256": _with_class(bgr=[0, 0, 256]),
    "colour negative": _with_class(bgr=[0, 0, -1]),
    "colour float": _with_class(bgr=[0, 0, 1.0]),
    "colour bool": _with_class(bgr=[0, 0, True]),
    "colour text": _with_class(bgr="red"),
    "colour table": _with_class(bgr={"b": 0, "g": 0, "r": 0}),
    "colour null": _with_class(bgr=None),
    "head tanh": _changed(head="tanh"),
    "head list": _changed(head=["softmax"]),
    "sigmoid for three": _changed(classes=_classes(3)),
    "scores labels": _changed(scores="labels"),
    "threshold 0": _changed(threshold=0),
    "threshold 1": _changed(threshold=1),
    "threshold NaN": _changed(threshold=float("nan")),
    "threshold beyond a float": _changed(threshold=10**400),
    "threshold bool": _changed(threshold=True),
    "threshold text": _changed(threshold="0.5"),
    "provenance nested": _changed(provenance={"config": {"lr": 1}}),
    "provenance with a list": _changed(provenance={"steps": [1, 2]}),
    "provenance a list": _changed(provenance=["edge"]),
    "provenance null": _changed(provenance=None),
    "provenance NaN": _changed(provenance={"loss": float("nan")}),
    "provenance infinite": _changed(provenance={"loss": float("inf")}),
    "provenance beyond a float": _changed(provenance={"loss": 10**400}),
    "provenance half a character": _changed(provenance={"note": "\udfff"}),
    "provenance moves the cursor": _changed(provenance={"note": "\x1b[1A"}),
    "provenance key moves the cursor": _changed(provenance={"\x1b[1A": 1}),
    "provenance long": _changed(provenance={"note": "n" * 1001}),
    "provenance of many": _changed(provenance={str(index): index for index in range(101)}),
    **{f"without {field}": _without(field) for field in ("name", "input", "classes")},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_spec_is_an_artifact_error_of_one_short_line(case: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        ModelSpec.from_json(HOSTILE[case])
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_with_input(height="96"), "input.height is '96', expected a whole number 1..8192"),
        (_changed(name="../up"), "name is '../up', expected up to 100 letters, digits"),
        (_with_class(bgr=[0, 0, 300]), r"classes.bgr is (0, 0, 300), expected three numbers 0..255"),
        (_changed(schema=9), "schema is 9, expected 1: export the model again with this version"),
        (_changed(schema=2, anchors=[1, 2], input={"hw": [1, 1]}), "schema is 2, expected 1: export"),
        (_without("name"), "'name'"),
        (_changed(license="MIT"), "license"),
    ],
)
def test_the_message_names_field_value_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        ModelSpec.from_json(text)
    assert told in str(caught.value)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_specs_are_read_or_refused_and_never_end_otherwise(seed: int) -> None:
    generator = random.Random(seed)
    refused = 0
    for _ in range(300):
        text = generator.choice((_mutated_text, _mutated_values))(generator)
        try:
            spec = ModelSpec.from_json(text)
        except ArtifactError:
            refused += 1
        else:
            assert ModelSpec.from_json(spec.to_json()) == spec
            spec.to_json().encode()
    assert 0 < refused < 300


def _mutated_text(generator: random.Random) -> str:
    text = SPEC.to_json()
    for _ in range(generator.randint(1, 4)):
        start = generator.randrange(len(text))
        end = min(len(text), start + generator.randint(0, 6))
        text = (
            text[:start]
            + generator.choice(("", '"', "{", "]", ",", "1e999", "-", "null", "\\ud800", "\0"))
            + text[end:]
        )
    return text


def _mutated_values(generator: random.Random) -> str:
    strange: tuple[Any, ...] = (
        None,
        True,
        -1,
        0,
        2**70,
        1e308,
        float("nan"),
        "",
        "x" * 500,
        "\ud800",
        [],
        {},
        [[[]]],
        {"a": {}},
    )
    table = json.loads(SPEC.to_json())
    _walk(table, generator, lambda: generator.choice(strange))
    return json.dumps(table)


def _walk(node: Any, generator: random.Random, pick: Callable[[], Any]) -> None:
    """Replace one value somewhere in the tree."""
    keys = list(node) if isinstance(node, dict) else range(len(node))
    key = generator.choice(keys)
    if isinstance(node[key], dict | list) and node[key] and generator.random() < 0.7:
        _walk(node[key], generator, pick)
    else:
        node[key] = pick()
