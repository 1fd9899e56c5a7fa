"""Zip archives that may come from a stranger: read in bounded memory, whatever their headers claim.

`zipfile` itself reads a directory of any claimed size, and unpacks a member before it holds it to its claimed size.
"""

import contextlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from unetkit.errors import ArtifactError

MAX_DIRECTORY_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 18
# What zipfile raises on a damaged or hostile archive: encrypted, of an unknown compression, cut off in the middle, ...
ZIP_ERRORS = (
    *(zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OverflowError),
    *(struct.error, zlib.error, lzma.LZMAError),
)


class Archive:
    """An opened archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        return self._archive.infolist()

    def text(self, name: str, *, limit: int) -> str | None:
        """A member as UTF-8 text, or None where there is none of this name.

        Raises:
            ArtifactError: it unpacks to over `limit` bytes, is packed in an unusual way, or is there twice.
        """
        named = [item for item in self.members if item.filename == name]
        if not named:
            return None
        if len(named) > 1:
            raise ArtifactError(f"it has {len(named)} members {name}")
        if named[0].compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # others unpack without bounds
            raise ArtifactError(f"its {name} is packed by method {named[0].compress_type}, expected store or deflate")
        with self._archive.open(named[0]) as stream:
            data = stream.read(limit + 1)
        if max(len(data), named[0].file_size) > limit:
            raise ArtifactError(f"its {name} is over {limit:,} bytes")
        return data.decode("utf-8")

    def damaged_member(self) -> str | None:
        """The first member whose bytes do not fit its checksum.

        Raises:
            ArtifactError: a member is packed in an unusual way.
        """
        for item in self.members:
            if item.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise ArtifactError(f"its {ascii(item.filename)[:80]} is packed by method {item.compress_type}")
            try:
                with self._archive.open(item) as stream:
                    while stream.read(_CHUNK_BYTES):
                        pass
            except (zipfile.BadZipFile, EOFError, zlib.error):
                return ascii(item.filename)[:80]
        return None


@contextlib.contextmanager
def opened_archive(path: Path) -> Iterator[Archive | None]:
    """The archive that a file is, or ends with; None where there is none.

    Raises:
        ArtifactError: it is damaged, or its directory is over `MAX_DIRECTORY_BYTES`.
    """
    try:
        with _BoundedReads(path) as stream:
            if not zipfile.is_zipfile(stream):
                yield None
                return
            with zipfile.ZipFile(stream) as archive:
                yield Archive(archive)
    except ZIP_ERRORS as error:
        raise ArtifactError(f"its zip archive is damaged ({ascii(str(error))[:100]})") from error


class _BoundedReads(io.FileIO):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        left = self._size - self.tell()
        if (left if size is None or size < 0 else min(size, left)) > MAX_DIRECTORY_BYTES + _CHUNK_BYTES:
            raise ArtifactError(f"the directory of its zip archive is over {MAX_DIRECTORY_BYTES:,} bytes")
        return super().read(size)
