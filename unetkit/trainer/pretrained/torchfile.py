"""Tensors out of a PyTorch weight file of the old format, without PyTorch, without running what a pickle asks for.

The format, as torch 0.4 to 1.5 wrote it (`torch/serialization.py`, `_legacy_save`): five pickles - a magic number, a
protocol version, the host's word sizes, the state dict, the order of the storages - and then each storage as an int64
count and its bytes. The state dict holds views of storages: (storage, offset, shape, **strides**).
"""

import math
import os
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from unetkit.errors import ArtifactError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
_ZIP = b"PK\x03\x04"
# What a damaged or hostile pickle makes of the reading: wrong types, missing keys, sizes beyond any memory, ...
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    MemoryError,
    RecursionError,
    pickle.UnpicklingError,
)


@dataclass(frozen=True)
class _View:
    """A tensor still without its bytes; every field is what the file says, checked when it is read."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
        storage = storages[self.key]
        if min((self.offset, *self.shape, *self.strides)) < 0:
            raise ValueError("a tensor has a negative offset, side or stride")
        reach = sum((side - 1) * step for side, step in zip(self.shape, self.strides, strict=True))
        # No more values than the storage has: strides of 0 would make any number of them out of one.
        if self.offset + reach >= storage.size or math.prod(self.shape) > storage.size:
            raise ValueError("a tensor reaches past its storage")
        in_bytes = [step * storage.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(storage[self.offset :], self.shape, in_bytes).copy()


class _Unpickler(pickle.Unpickler):
    """Knows the four names a state dict is made of; any other name ends the reading."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.dtypes: dict[str, str] = {}  # of the storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_: _View(key, offset, shape, strides)
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}; only plain float32 and int64 tensors are read")

    def persistent_load(self, pid: Any) -> str:
        _, dtype, key, *_ = pid
        if dtype not in _DTYPES.values():
            raise pickle.UnpicklingError("it has a storage of no known type")
        self.dtypes[str(key)] = dtype
        return str(key)


def read_torch_file(path: Path) -> dict[str, NDArray[Any]]:
    """The state dict of a weight file.

    Args:
        path: a file that `torch.save` wrote before the zip format.

    Returns:
        Tensors by name, contiguous, in PyTorch's layouts (convolutions are OIHW); float32 or int64.

    Raises:
        ArtifactError: it cannot be read, is of another format, or holds anything but tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except _UNREADABLE as error:
        reason = str(error) or type(error).__name__
        raise ArtifactError(f"cannot read PyTorch weights from {path}: {reason.splitlines()[0]}") from error


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    start = file.read(len(_ZIP))
    file.seek(0)
    if start == _ZIP:
        raise ValueError(
            "it is of the zip format of torch 1.6 and later; save it again with "
            "torch.save(..., _use_new_zipfile_serialization=False)"
        )
    if _Unpickler(file).load() != MAGIC or _Unpickler(file).load() != PROTOCOL:
        raise ValueError("it is not of PyTorch's old weight format")
    _Unpickler(file).load()
    unpickler = _Unpickler(file)
    views = unpickler.load()
    if not isinstance(views, dict) or not all(isinstance(view, _View) for view in views.values()):
        raise ValueError("it holds something else than named tensors")
    storages = {key: _read_storage(file, np.dtype(unpickler.dtypes[key])) for key in _Unpickler(file).load()}
    return {str(name): view.read(storages) for name, view in views.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little", signed=True)
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not 0 <= count * dtype.itemsize <= left:
        raise ValueError("it ends within a tensor")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)
