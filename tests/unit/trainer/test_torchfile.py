"""Weight files of old PyTorch, written here opcode by opcode: read with their strides, and nothing else obeyed."""

import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.errors import ArtifactError
from unetkit.trainer.pretrained.torchfile import MAGIC, PROTOCOL, read_torch_file

# The opcodes of pickle protocol 2 that torch's writer uses around a tensor (see `pickletools.opcodes`).
START, STOP, MARK, TUPLE, CALL, PERSISTENT, EMPTY_DICT, SET_ITEMS = (
    b"\x80\x02",
    b".",
    b"(",
    b"t",
    b"R",
    b"Q",
    b"}",
    b"u",
)


def name_of(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def value_of(value: Any) -> bytes:
    """A plain value, without the start and stop of a pickle of its own."""
    return pickle.dumps(value, protocol=2)[2:-1]


def tensor_of(
    key: str, shape: Any, strides: Any, *, offset: int = 0, kind: str = "FloatStorage", count: int = 0
) -> bytes:
    """`_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`, the storage by persistent id."""
    fields = (value_of("storage"), name_of("torch", kind), value_of(key), value_of("cpu"), value_of(count), b"N")
    storage = MARK + b"".join(fields) + TUPLE + PERSISTENT
    hooks = name_of("collections", "OrderedDict") + b")" + CALL
    rest = value_of(offset) + value_of(shape) + value_of(strides) + value_of(False) + hooks
    return name_of("torch._utils", "_rebuild_tensor_v2") + MARK + storage + rest + TUPLE + CALL


def state_of(**tensors: bytes) -> bytes:
    items = b"".join(value_of(name) + tensor for name, tensor in tensors.items())
    return START + EMPTY_DICT + MARK + items + SET_ITEMS + STOP


def storage_of(values: list[float], code: str = "f") -> bytes:
    return struct.pack("<q", len(values)) + struct.pack(f"<{len(values)}{code}", *values)


def write(path: Path, state: bytes, storages: dict[str, bytes], *, magic: int = MAGIC) -> Path:
    head = [magic, PROTOCOL, {"little_endian": True, "protocol_version": PROTOCOL, "type_sizes": {"int": 4}}]
    pickles = b"".join(pickle.dumps(item, protocol=2) for item in head)
    path.write_bytes(pickles + state + pickle.dumps(list(storages), protocol=2) + b"".join(storages.values()))
    return path


def test_tensors_are_read_with_their_strides_and_offsets(tmp_path: Path) -> None:
    state = state_of(
        plain=tensor_of("7", (2, 3), (3, 1)),
        turned=tensor_of("7", (3, 2), (1, 3)),  # the transpose of the same six numbers
        column=tensor_of("7", (2,), (3,), offset=2),
        every_fourth=tensor_of("8", (2, 1, 2), (4, 1, 8)),
        steps=tensor_of("9", (), (), kind="LongStorage"),
    )
    storages = {
        "7": storage_of([0, 1, 2, 3, 4, 5]),
        "9": storage_of([2**40], "q"),
        "8": storage_of(list(range(13))),
    }
    tensors = read_torch_file(write(tmp_path / "weights.pth", state, storages))
    expected: dict[str, Any] = {
        "plain": [[0, 1, 2], [3, 4, 5]],
        "turned": [[0, 3], [1, 4], [2, 5]],
        "column": [2, 5],
        "every_fourth": [[[0, 8]], [[4, 12]]],
        "steps": 2**40,
    }
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == expected
    assert {name: tensor.dtype for name, tensor in tensors.items()} == dict.fromkeys(expected, np.dtype("<f4")) | {
        "steps": np.dtype("<i8")
    }
    assert all(tensor.flags.c_contiguous and tensor.flags.owndata for tensor in tensors.values())


FOUR = {"0": storage_of([1, 2, 3, 4])}
CALLS_SYSTEM = START + name_of("os", "system") + MARK + value_of("touch hacked") + TUPLE + CALL + STOP


@pytest.mark.parametrize(
    ("state", "storages", "told"),
    [
        (CALLS_SYSTEM, FOUR, "it asks for os.system; only plain"),
        (state_of(a=name_of("builtins", "eval")), FOUR, "it asks for builtins.eval; only plain"),
        (state_of(a=tensor_of("0", (4,), (1,), kind="HalfStorage")), FOUR, "it asks for torch.HalfStorage"),
        (state_of(a=tensor_of("0", (4,), (1,))), {"0": storage_of([1, 2, 3, 4])[:-1]}, "ends within a tensor"),
        (state_of(a=tensor_of("0", (4,), (1,))), {"0": b"\x04"}, "ends within a tensor"),
        (state_of(a=tensor_of("0", (4,), (1,))), {"0": struct.pack("<q", 2**61)}, "ends within a tensor"),
        (state_of(a=tensor_of("0", (4,), (1,))), {"0": struct.pack("<q", -1)}, "ends within a tensor"),
        (state_of(a=tensor_of("0", (2, 2), (3, 1))), FOUR, "reaches past its storage"),  # 3 + 1 is the fifth
        (state_of(a=tensor_of("0", (4,), (1,), offset=1)), FOUR, "reaches past its storage"),
        (state_of(a=tensor_of("0", (2**40,), (0,))), FOUR, "reaches past its storage"),
        (state_of(a=tensor_of("0", (4,), (-1,), offset=3)), FOUR, "negative offset, side or stride"),
        (state_of(a=tensor_of("0", (4,), (1,), offset=-4)), FOUR, "negative offset, side or stride"),
        (state_of(a=tensor_of("0", (2, 2), (1,))), FOUR, "shorter"),
        (state_of(a=tensor_of("0", "ab", (1, 1))), FOUR, "not supported between"),
        (state_of(a=value_of(3)), FOUR, "something else than named tensors"),
        (START + value_of([1]) + STOP, FOUR, "something else than named tensors"),
        (START + b"\x8e" + struct.pack("<q", 2**60) + STOP, FOUR, ""),  # a bytes object of 2**60 bytes
    ],
)
def test_a_hostile_or_damaged_file_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: bytes, storages: dict[str, bytes], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "weights.pth", state, storages)
    with pytest.raises(ArtifactError) as caught:
        read_torch_file(path)
    message = str(caught.value)
    assert message.startswith(f"cannot read PyTorch weights from {path}: ")
    assert told in message
    assert "\n" not in message
    assert not (tmp_path / "hacked").exists()


def test_the_zip_format_of_newer_torch_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "new.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    with pytest.raises(ArtifactError, match=r"zip format of torch 1\.6 and later; save it again with"):
        read_torch_file(path)


def test_other_files_are_no_weight_files(tmp_path: Path) -> None:
    other = write(tmp_path / "other.pth", state_of(), {}, magic=1)
    empty, text = tmp_path / "empty.pth", tmp_path / "text.pth"
    empty.touch()
    text.write_text("weights, please")
    for path in (other, empty, text, tmp_path / "missing.pth", tmp_path):
        with pytest.raises(ArtifactError, match="cannot read PyTorch weights from"):
            read_torch_file(path)
