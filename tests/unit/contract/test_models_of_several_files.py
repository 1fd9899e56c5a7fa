"""The two formats that are more than a file: an OpenVINO IR's pair and a SavedModel's folder."""

import contextlib
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import SPEC
from unetkit.contract import openvino_ir
from unetkit.contract.artifact import (
    check_intact,
    files_of,
    read_format,
    read_spec,
    sha256_of,
    size_bytes_of,
    write_spec,
)
from unetkit.errors import ArtifactError

GRAPH = """<?xml version="1.0"?>
<net name="tiny" version="11">
\t<layers>
\t\t<layer id="0" name="w" type="Const" version="opset1">
\t\t\t<data element_type="f16" shape="3" offset="0" size="6" />
\t\t\t<rt_info>
\t\t\t\t<attribute name="decompression" version="0" />
\t\t\t</rt_info>
\t\t</layer>
\t\t<layer id="1" name="i" type="Const" version="opset1">
\t\t\t<data element_type="i64" shape="1" offset="6" size="8" />
\t\t</layer>
\t</layers>
"""
ENDS = {
    "information": '\t<rt_info>\n\t\t<made value="by hand" />\n\t</rt_info>\n</net>\n',
    "no information": "\t<rt_info />\n</net>\n",
    "nothing": "</net>",
}


def ir(folder: Path, end: str = "information") -> Path:
    path = folder / "model.fp16.xml"
    path.write_text(GRAPH + ENDS[end])
    (folder / "model.fp16.bin").write_bytes(random.Random(0).randbytes(300))
    return path


def saved_model(folder: Path) -> Path:
    path = folder / "saved_model"
    path.mkdir()
    (path / "saved_model.pb").write_bytes(random.Random(1).randbytes(300))
    return path


BOTH = pytest.mark.parametrize("make", [ir, saved_model])


@BOTH
def test_the_spec_comes_back_and_another_replaces_it(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    write_spec(path, replace(SPEC, name="other", provenance={"note": 'größer & <b> "x"'}))
    assert read_spec(path).provenance == {"note": 'größer & <b> "x"'}
    write_spec(path, SPEC)
    once = {file.name: file.read_bytes() for file in files_of(path)}
    assert read_spec(path) == SPEC
    check_intact(path)
    write_spec(path, SPEC)
    assert {file.name: file.read_bytes() for file in files_of(path)} == once
    assert b"other" not in b"".join(once.values())


@pytest.mark.parametrize("end", ENDS)
def test_the_spec_lies_in_the_graphs_own_run_time_information(end: str, tmp_path: Path) -> None:
    path = ir(tmp_path, end)
    write_spec(path, SPEC)
    text = path.read_text()
    assert read_format(path) == "openvino"
    assert text.startswith(GRAPH)
    assert text.count("<rt_info>") == 2  # a layer's and the graph's
    assert text.index("unetkit_spec") > text.rindex("<rt_info>")
    assert ('<made value="by hand" />' in text) == (end == "information")


@BOTH
def test_a_flipped_bit_in_any_file_is_found(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    write_spec(path, SPEC)
    for file in files_of(path):
        whole = file.read_bytes()
        for position in range(60, len(whole), 31):
            broken = bytearray(whole)
            broken[position] ^= 1
            file.write_bytes(broken)
            with pytest.raises(ArtifactError):
                check_intact(path)
        file.write_bytes(whole)
    check_intact(path)


def test_the_weights_of_another_model_beside_a_graph_are_found(tmp_path: Path) -> None:
    path = ir(tmp_path)
    write_spec(path, SPEC)
    openvino_ir.weights_of(path).write_bytes(b"another")
    with pytest.raises(ArtifactError, match="damaged or changed"):
        check_intact(path)
    openvino_ir.weights_of(path).unlink()
    with pytest.raises(ArtifactError, match=r"its weights model\.fp16\.bin cannot be read"):
        check_intact(path)


def test_a_file_that_was_added_to_a_saved_model_is_found(tmp_path: Path) -> None:
    path = saved_model(tmp_path)
    write_spec(path, SPEC)
    (path / "assets").mkdir()
    (path / "assets" / "more.txt").write_text("more")
    with pytest.raises(ArtifactError, match="damaged or changed"):
        check_intact(path)


def test_size_and_digest_are_of_all_files(tmp_path: Path) -> None:
    pair, folder = ir(tmp_path), saved_model(tmp_path)
    assert size_bytes_of(pair) == len(GRAPH + ENDS["information"]) + 300
    assert size_bytes_of(folder) == 300
    for path in (pair, folder):
        write_spec(path, SPEC)
    before = sha256_of(pair), sha256_of(folder)
    openvino_ir.weights_of(pair).write_bytes(b"another")
    write_spec(pair, SPEC)
    (folder / "saved_model.pb").write_bytes(b"another")
    assert sha256_of(pair) != before[0]
    assert sha256_of(folder) != before[1]


def test_the_types_of_the_constants_are_read_off_the_graph(tmp_path: Path) -> None:
    assert openvino_ir.constant_types(ir(tmp_path)) == {"float16"}


@pytest.mark.parametrize("content", [GRAPH, GRAPH.replace("</layers>", ""), GRAPH + "</rt_info>"])
def test_a_graph_that_was_cut_off_takes_no_spec(content: str, tmp_path: Path) -> None:
    path = ir(tmp_path)
    path.write_text(content)
    with pytest.raises(ArtifactError, match="not a whole OpenVINO IR"):
        write_spec(path, SPEC)
    assert path.read_text() == content


@BOTH
def test_random_damage_is_read_or_refused_and_never_ends_otherwise(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    write_spec(path, SPEC)
    whole = {file: file.read_bytes() for file in files_of(path)}
    generator = random.Random(3)
    for _ in range(60):
        for file, content in whole.items():
            damaged = bytearray(content[: generator.randrange(1, len(content) + 1)])
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            file.write_bytes(damaged)
        with contextlib.suppress(ArtifactError):
            read_spec(path)
        with contextlib.suppress(ArtifactError):
            check_intact(path)


@pytest.mark.parametrize("piece", [" ", '<unetkit_a value="', 'type="Const"', "<data ", "<unetkit_"])
def test_a_hostile_graph_of_a_megabyte_is_read_in_no_time(piece: str, tmp_path: Path) -> None:
    """Each is a case in which a careless pattern takes time that grows with the square of the length: minutes here."""
    path = tmp_path / "model.xml"
    path.write_text('<?xml version="1.0"?>\n<net name="">' + piece * (1_000_000 // len(piece)))
    openvino_ir.weights_of(path).write_bytes(b"")
    start = time.monotonic()
    for read in (read_spec, check_intact, lambda file: write_spec(file, SPEC)):
        with pytest.raises(ArtifactError):
            read(path)
    openvino_ir.constant_types(path)
    assert time.monotonic() - start < 20
