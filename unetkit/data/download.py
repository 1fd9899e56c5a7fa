"""Files from a publisher: resumed where they were cut, checked by size and digest, named only when whole."""

import hashlib
import http
import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unetkit.data.dataset import Progress
from unetkit.errors import DataError, OutputError

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0  # without a byte; a host that accepts and never answers ends here
MAX_FRUITLESS = 3  # attempts in a row that brought nothing
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file on the network and what it must be."""

    url: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


class _Cut(Exception):  # noqa: N818 - an attempt that may be repeated, seen by nobody outside
    """The connection failed."""


def fetch(archive: Archive, folder: Path, *, progress: Progress | None = None, timeout_s: float = TIMEOUT_S) -> Path:
    """Download into `folder`; what an earlier attempt left in `NAME.part` is kept and continued.

    Args:
        archive: what and where.
        folder: made if missing.
        progress: called with (bytes at hand, bytes in all).
        timeout_s: seconds without a byte after which an attempt ends.

    Returns:
        The whole, checked file.

    Raises:
        DataError: no network, a host that does not answer, another size or digest than the publisher's.
        OutputError: it cannot be written or the disk is full.
    """
    final, part = folder / archive.name, folder / f"{archive.name}.part"
    fruitless = 0
    try:
        if final.is_file() and final.stat().st_size == archive.size_bytes:
            return _checked(final, archive)
        folder.mkdir(parents=True, exist_ok=True)
        part.touch()
        while (before := part.stat().st_size) != archive.size_bytes:
            try:
                _continue(archive, part, progress, timeout_s)
            except _Cut as cut:
                fruitless = 0 if part.stat().st_size > before else fruitless + 1
                log.info("%s: %s; %d of %d bytes are here", archive.url, cut, part.stat().st_size, archive.size_bytes)
                if fruitless == MAX_FRUITLESS:
                    raise DataError(
                        f"cannot download {archive.url}: {cut}; run it again to continue, or use a data folder of "
                        "your own, or the built-in set: --data synthetic"
                    ) from cut
        _checked(part, archive).replace(final)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {final}: {reason}; choose another place or make room") from error
    return final


def _continue(archive: Archive, part: Path, progress: Progress | None, timeout_s: float) -> None:
    """One attempt: ask for what is missing and append it."""
    done = part.stat().st_size
    if done > archive.size_bytes:
        part.unlink()
        part.touch()
        done = 0
    request = urllib.request.Request(archive.url, headers={"Range": f"bytes={done}-"} if done else {})
    with _opened(request, timeout_s) as answer, part.open("r+b") as file:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            done = 0  # the host sends all of it again
        offered = done + int(answer.headers.get("Content-Length") or archive.size_bytes - done)
        _require_size(archive, offered)
        file.truncate(done)
        file.seek(done)
        for chunk in _chunks(answer):
            done += len(chunk)
            _require_size(archive, max(done, archive.size_bytes))
            file.write(chunk)
            if progress is not None:
                progress(done, archive.size_bytes)
    if done < archive.size_bytes:
        raise _Cut("the host closed the connection")


def _opened(request: urllib.request.Request, timeout_s: float) -> http.client.HTTPResponse:
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        raise _Cut(f"the host answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _Cut(str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(str(error) or type(error).__name__) from error
    return answer


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            chunk = answer.read(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _Cut(str(error) or type(error).__name__) from error
        if not chunk:
            return
        yield chunk


def _require_size(archive: Archive, size_bytes: int) -> None:
    if size_bytes != archive.size_bytes:
        raise DataError(f"{archive.url} has {size_bytes:,} bytes, expected {archive.size_bytes:,}: not the known file")


def _checked(file: Path, archive: Archive) -> Path:
    """The file, if its digest is right; a wrong one is removed, so that the next attempt starts anew."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != archive.sha256:
        file.unlink()
        raise DataError(
            f"{archive.url} came with SHA-256 {digest}, expected {archive.sha256}; removed it, run it again"
        )
    return file
