"""The few lines of an OpenVINO IR that hold its run-time information, read and written without openvino.

An IR is a pair: `model.xml`, the graph, and `model.bin` beside it, the weights. The graph ends with an `<rt_info>` of
named values, which OpenVINO keeps and `Model.get_rt_info` returns. Format: docs.openvino.ai, "OpenVINO IR format".
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from unetkit.errors import ArtifactError

MAX_XML_BYTES = 64_000_000  # the weights lie elsewhere: a graph of thousands of layers has one or two
_QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_PLAIN = {text: mark for mark, text in _QUOTED.items()}
# Every repetition has a bound or ends at its own mark: a hostile graph costs no more time than a long one.
_ENTRY = re.compile(r'(?:\n\t\t)?<(unetkit_\w{1,40}) value="([^"<]*)" ?/>')
_CONSTANT = re.compile(r'type="Const"[^>]{0,200}>\s{0,20}<data [^>]{0,200}element_type="(\w{1,10})"')
_WEIGHT_TYPES = {"f32": "float32", "f16": "float16", "i8": "int8", "u8": "uint8"}


def weights_of(path: Path) -> Path:
    """The other half of the pair."""
    return path.with_suffix(".bin")


def read_entry(path: Path, key: str) -> str | None:
    """The value stored under `key`, or None.

    Raises:
        ArtifactError: the file is too long or not text.
    """
    return dict(_entries(_text(path))).get(key)


def with_digest(path: Path, entries: dict[str, str], key: str) -> bytes:
    """The graph's file with these entries, and no other of unetkit's, and the digest of all that under `key`.

    Raises:
        ArtifactError: the file is not a whole IR, or its weights are not beside it.
    """
    text = _text(path)
    return _with_entries(text, {**entries, key: _digest(_with_entries(text, entries), path)})


def is_intact(path: Path, key: str) -> bool:
    """Whether the file is, byte for byte, what `with_digest` makes of its graph, its entries and the weights.

    Raises:
        ArtifactError: the weights are not beside the graph, or the graph is too long, not text or cut off.
    """
    content = path.read_bytes()
    entries = {name: value for name, value in _entries(_text(path)) if name != key}
    return content == with_digest(path, entries, key)


def _with_entries(text: str, entries: dict[str, str]) -> bytes:
    text = _ENTRY.sub("", text).rstrip()
    added = "".join(f'\n\t\t<{key} value="{escape(value, _QUOTED)}" />' for key, value in entries.items())
    body = text.removesuffix("</net>").rstrip()
    if not text.endswith("</net>"):
        raise ArtifactError("not a whole OpenVINO IR: it was cut off or is of another format")
    if body.endswith("</rt_info>"):
        inside = body.removesuffix("</rt_info>").rstrip()
    else:  # it has none, or an empty one
        inside = body.removesuffix("<rt_info />").removesuffix("<rt_info/>").rstrip() + "\n\t<rt_info>"
    return f"{inside}{added}\n\t</rt_info>\n</net>\n".encode()


def _digest(graph: bytes, path: Path) -> str:
    digest = hashlib.sha256(graph)
    weights = weights_of(path)
    try:
        with weights.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise ArtifactError(f"its weights {weights.name} cannot be read: {error.strerror}; copy both files") from error
    return digest.hexdigest()


def constant_types(path: Path) -> set[str]:
    """Which of float32, float16, int8 and uint8 the graph's constants, its weights among them, are stored in."""
    return {_WEIGHT_TYPES[name] for name in _CONSTANT.findall(_text(path)) if name in _WEIGHT_TYPES}


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_XML_BYTES:
        raise ArtifactError(f"the graph is over {MAX_XML_BYTES:,} bytes")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError("the graph is not UTF-8 text") from error


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for match in _ENTRY.finditer(text):
        yield match[1], unescape(match[2], _PLAIN)
