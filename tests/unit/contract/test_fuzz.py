"""The readers of specs and model files, fed by a fuzzer: whatever comes in, a spec or an ArtifactError goes out."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tiny_models import SPEC
from tests.unit.contract.modelfiles import FORMATS, write_bare
from unetkit.contract.artifact import check_intact, read_spec, write_spec
from unetkit.contract.kerasfile import require_harmless
from unetkit.contract.onnx_wire import initialiser_types
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import ArtifactError

# The same examples every time: a test suite is no place for luck.
STEADY = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
FIELDS = json.loads(SPEC.to_json())
PRINTABLE = st.characters(codec="utf-8", exclude_categories=("C", "Z"))  # what str.isprintable takes, and less
NAMES = st.text(PRINTABLE, min_size=1, max_size=60)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**1000), 2**1000)
    | st.floats(-1e300, 1e300)
    | st.text(PRINTABLE, max_size=60)
)


@st.composite
def specs(draw: st.DrawFn) -> ModelSpec:
    """Any spec that may be written."""
    names = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    return ModelSpec(
        name=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True)),
        input=InputSpec(
            height=draw(st.integers(1, 4096)),
            width=draw(st.integers(1, 4096)),
            color_order=draw(st.sampled_from(("bgr", "rgb"))),
            fit=draw(st.sampled_from(("stretch", "letterbox"))),
            scale=draw(st.floats(0, 1, exclude_min=True)),
            zero_point=draw(st.integers(0, 255)),
        ),
        classes=tuple(ClassSpec(name=name, bgr=draw(st.tuples(*[st.integers(0, 255)] * 3))) for name in names),
        head="sigmoid" if len(names) == 2 and draw(st.booleans()) else "softmax",
        scores=draw(st.sampled_from(("logits", "probabilities"))),
        threshold=draw(st.floats(0, 1, exclude_min=True, exclude_max=True)),
        provenance=draw(st.dictionaries(st.text(PRINTABLE, max_size=20), SCALARS, max_size=5)),
    )


@STEADY
@given(specs())
def test_whatever_may_be_written_is_read_again(spec: ModelSpec) -> None:
    assert ModelSpec.from_json(spec.to_json()) == spec


@STEADY
@given(st.text(max_size=300) | JSON.map(json.dumps))
def test_any_text_and_any_json_is_refused(text: str) -> None:
    with pytest.raises(ArtifactError):
        ModelSpec.from_json(text)


@STEADY
@given(st.sampled_from(sorted(FIELDS)), JSON)
def test_any_value_in_any_field_is_taken_or_refused(field: str, value: Any) -> None:
    _read(json.dumps({**FIELDS, field: value}))


@STEADY
@given(st.sampled_from(("height", "width", "color_order", "fit", "scale", "zero_point", "other")), JSON)
def test_any_value_in_any_field_of_the_input_is_taken_or_refused(field: str, value: Any) -> None:
    _read(json.dumps({**FIELDS, "input": {**FIELDS["input"], field: value}}))


def _read(text: str) -> None:
    try:
        spec = ModelSpec.from_json(text)
    except ArtifactError as error:
        assert str(error).isprintable()  # noqa: PT017 - both endings are right, each in its form
    else:
        assert ModelSpec.from_json(spec.to_json()) == spec


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    """A model file of each format, with its spec."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            path = write_bare(Path(folder, f"model.{kind}"), kind)
            write_spec(path, SPEC)
            files[kind] = path.read_bytes()
    return files


@pytest.mark.parametrize("kind", FORMATS)
@settings(STEADY, max_examples=150)
@given(data=st.data())
def test_a_model_file_cut_flipped_or_stuffed_is_read_or_refused(
    kind: str, whole: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(whole[kind])
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, max_size=8), "bits to flip at"):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    if data.draw(st.booleans()):
        start = data.draw(places, "stuff at")
        content[start : start + data.draw(st.integers(0, 64))] = data.draw(st.binary(max_size=64))
    if data.draw(st.booleans()):
        del content[data.draw(places, "cut at") :]
    _survives(bytes(content), kind, tmp_path)


@settings(STEADY, max_examples=150)
@given(head=st.sampled_from((b"PK\x03\x04", b"\x1c\x00\x00\x00TFL3", b"\x08\x09", b"")), body=st.binary(max_size=300))
def test_any_bytes_behind_any_head_are_refused(head: bytes, body: bytes, tmp_path: Path) -> None:
    _survives(head + body, "keras", tmp_path)


def _survives(content: bytes, kind: str, folder: Path) -> None:
    path = folder / f"fuzzed.{kind}"
    path.write_bytes(content)
    for read in (read_spec, check_intact, require_harmless):
        try:
            read(path)
        except ArtifactError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both endings are right
    with path.open("rb") as stream:
        try:
            initialiser_types(stream)
        except ArtifactError as error:
            assert "\n" not in str(error)  # noqa: PT017
