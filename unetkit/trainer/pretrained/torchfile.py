"""Tensors out of a PyTorch weight file of the old format, without PyTorch, without running what a pickle asks for.

The format, as torch 0.4 to 1.5 wrote it (`torch/serialization.py`, `_legacy_save`): five pickles - a magic number, a
protocol version, the host's word sizes, the state dict, the order of the storages - and then each storage as an int64
count and its bytes. The state dict holds views of storages: (storage, offset, shape, **strides**).
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from unetkit.errors import ArtifactError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _View:
    """A tensor still without its bytes."""

    def __init__(self, storage: tuple[str, np.dtype[Any]], offset: int, shape: tuple[int, ...], strides: Any) -> None:
        self.key, self.dtype = storage
        self.offset, self.shape, self.strides = offset, shape, strides

    def read(self, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
        values = storages[self.key][self.offset :]
        reach = sum((side - 1) * step for side, step in zip(self.shape, self.strides, strict=True))
        if min((*self.shape, *self.strides, 1)) < 0 or reach >= max(values.size, 1):
            raise ValueError("a tensor reaches past its storage")
        in_bytes = [step * self.dtype.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(values, self.shape, in_bytes).copy()


class _Unpickler(pickle.Unpickler):
    """Knows the four names a state dict is made of; any other name ends the reading."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _View(storage, offset, shape, strides)
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no weight file needs")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _, dtype, key, *_ = pid
        return key, dtype


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
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        EOFError,
        AttributeError,
        IndexError,
        pickle.UnpicklingError,
    ) as error:
        raise ArtifactError(f"cannot read PyTorch weights from {path}: {error}") from error


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Unpickler(file).load() != MAGIC or _Unpickler(file).load() != PROTOCOL:
        raise ValueError("not a weight file of PyTorch's old format")
    _Unpickler(file).load()
    unpickler = _Unpickler(file)
    views = unpickler.load()
    dtypes = {view.key: view.dtype for view in views.values()}
    storages = {}
    for key in _Unpickler(file).load():
        count = int(np.frombuffer(file.read(8), "<i8")[0])
        content = file.read(count * dtypes[key].itemsize)
        storages[key] = np.frombuffer(content, dtypes[key])
        if storages[key].size != count:
            raise ValueError("the file ends within a tensor")
    return {name: view.read(storages) for name, view in views.items()}
