"""Frames in memory that two processes share: one writes, the other copies out.

    header   claimed: number of the frame that is being written; layout: which size of slot counts
    slots    frame n lies in slot n % SLOTS

The writer claims frame n + 1 before it tells of frame n. A frame n was copied whole if after the copy the writer has
not claimed frame n + SLOTS yet, and the layout is still the one in which n was written.

The memory has no name where the system can do without one, and ends with the last process that has it.
"""

import mmap
import os
import secrets
import sys
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import BgrFrame

SLOTS = 4
_HEADER_BYTES = mmap.ALLOCATIONGRANULARITY  # slots begin at a page
_ROUND_BYTES = 1 << 16


class SharedSlots:
    """The memory, for the process that makes it and the one that is handed `address`.

    Args:
        address: None makes new memory; else the other process's `address`.

    Attributes:
        address: a file descriptor to be inherited; on Windows the name of a mapping.
    """

    def __init__(self, address: int | str | None = None) -> None:
        self.address = _new_address() if address is None else address
        self._slot_bytes = 0
        self._map = self._mapped(0)
        self._header: NDArray[np.int64] = np.frombuffer(self._map, np.int64, count=2)
        self._closed = False

    def write(self, bgr: BgrFrame, number: int) -> None:
        """Put a frame into its slot; the caller has called `make_room` and claimed it."""
        np.copyto(self._slot(number, bgr.shape), bgr)

    def claim(self, number: int) -> None:
        self._header[0] = number

    def make_room(self, frame_bytes: int) -> bool:
        """Let the slots be large enough; True when the layout changed: tell of it before the next `write`."""
        if frame_bytes <= self._slot_bytes:
            return False
        layout = self._header[1] + 1
        self._header[1] = layout
        self.grow(-(-frame_bytes // _ROUND_BYTES) * _ROUND_BYTES)
        self._header[1] = layout  # on Windows this is another mapping
        return True

    def grow(self, slot_bytes: int) -> None:
        """Use slots of this size; nothing where they have it."""
        if slot_bytes != self._slot_bytes:
            self._slot_bytes = slot_bytes
            self._remap()

    @property
    def slot_bytes(self) -> int:
        return self._slot_bytes

    @property
    def layout(self) -> int:
        return int(self._header[1])

    def copy(self, number: int, layout: int, out: BgrFrame) -> bool:
        """Copy frame `number` into `out`; False when the writer may have touched it meanwhile."""
        np.copyto(out, self._slot(number, out.shape))
        return bool(self._header[0] < number + SLOTS and self._header[1] == layout)

    def close(self) -> None:
        """Let go of the memory; it may be called more than once."""
        if self._closed:
            return
        self._closed = True
        self._header = np.zeros(2, np.int64)  # a mapping closes when nothing looks at it
        self._map.close()
        if isinstance(self.address, int):
            os.close(self.address)

    def _slot(self, number: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        offset = _HEADER_BYTES + number % SLOTS * self._slot_bytes
        return np.ndarray(shape, np.uint8, buffer=self._map, offset=offset)

    def _remap(self) -> None:
        self._header = np.zeros(2, np.int64)
        self._map.close()
        self._map = self._mapped(self._slot_bytes)
        self._header = np.frombuffer(self._map, np.int64, count=2)

    def _mapped(self, slot_bytes: int) -> mmap.mmap:
        size_bytes = _HEADER_BYTES + SLOTS * slot_bytes
        if isinstance(self.address, str):
            return _named_mapping(f"{self.address}-{slot_bytes}", size_bytes)
        if os.fstat(self.address).st_size < size_bytes:
            os.ftruncate(self.address, size_bytes)
        return mmap.mmap(self.address, size_bytes)


def _new_address() -> int | str:
    if sys.platform == "win32":
        return f"unetkit-{secrets.token_hex(8)}"
    if hasattr(os, "memfd_create"):
        return os.memfd_create("unetkit frames")
    with tempfile.TemporaryFile() as file:  # has lost its name already
        return os.dup(file.fileno())


def _named_mapping(name: str, size_bytes: int) -> mmap.mmap:
    """Windows' mappings are named and end with the last handle."""
    named: Any = mmap.mmap
    mapping: mmap.mmap = named(-1, size_bytes, tagname=name)
    return mapping
