"""Whole JPEGs out of a stream of bytes that holds one after the other."""

import re

_SOI = b"\xff\xd8"
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # stuffed data, fill and restarts belong to the scan
_EOI, _SOS, _FILL = 0xD9, 0xDA, 0xFF
_LARGEST_BYTES = 64 << 20  # what has no end by then is no JPEG


class JpegStream:
    """Cuts at the markers (ITU-T T.81, annex B), so that a thumbnail inside one is not taken for its end.

    What does not belong to a JPEG is left out.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._at = 0  # where to look on in `_kept`; 0: for the start
        self._in_scan = False

    def feed(self, data: bytes) -> list[bytes]:
        """The JPEGs that are whole with these bytes."""
        self._kept += data
        whole = []
        while (end := self._end()) is not None:
            whole.append(bytes(self._kept[:end]))
            self._restart(end)
        if len(self._kept) > _LARGEST_BYTES:
            self._restart(len(self._kept))
        return whole

    def _restart(self, drop_bytes: int) -> None:
        del self._kept[:drop_bytes]
        self._at, self._in_scan = 0, False

    def _end(self) -> int | None:
        """Where the JPEG ends, or None with these bytes."""
        while (self._at or self._find_start()) and (not self._in_scan or self._find_marker()):
            if len(self._kept) < self._at + 4 and self._kept[self._at + 1 : self._at + 2] != bytes([_EOI]):
                return None
            if self._kept[self._at] != _FILL:  # broken
                self._restart(self._at)
                continue
            marker = self._kept[self._at + 1]
            if marker == _EOI:
                return self._at + 2
            self._at += 1 if marker == _FILL else 2 + int.from_bytes(self._kept[self._at + 2 : self._at + 4])
            self._in_scan = marker == _SOS
        return None

    def _find_start(self) -> bool:
        start = self._kept.find(_SOI)
        if start < 0:
            del self._kept[: max(0, len(self._kept) - 1)]  # half of a marker may be its last byte
            return False
        del self._kept[:start]
        self._at = len(_SOI)
        return True

    def _find_marker(self) -> bool:
        """Go to the marker that ends the scan."""
        found = _MARKER_IN_SCAN.search(self._kept, self._at)
        if found is None:
            self._at = max(self._at, len(self._kept) - 1)
            return False
        self._at, self._in_scan = found.start(), False
        return True
