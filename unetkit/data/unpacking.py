"""Archives from a stranger: plain files below one folder, nothing else."""

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from unetkit.errors import DataError


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a .tar.gz into an existing folder.

    Only bytes are taken: no links, devices, owners or modes, so that nothing can lie outside `folder` however it is
    named; macOS's `._NAME` files are left out. (`tarfile`'s own data filter needs Python 3.11.4 and lets links pass.)

    Raises:
        DataError: not a whole archive, a path that leaves the folder, or a member that is no file: its name.
        OSError: the disk is full or the folder cannot be written.
    """
    try:
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                _take(tar, member, folder, archive)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"{archive} is not a whole .tar.gz ({error}); remove it and run it again") from error


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, archive: Path) -> None:
    path = PurePosixPath(member.name)
    if path.name.startswith("._"):
        return
    foreign = PureWindowsPath(member.name)
    if path.is_absolute() or foreign.drive or foreign.root or ".." in (*path.parts, *foreign.parts):
        raise DataError(f"{archive} holds the path {member.name!r}, which leaves the folder; it was not unpacked")
    content = tar.extractfile(member) if member.isfile() else None
    if content is None and not member.isdir():
        raise DataError(f"{archive} holds {member.name!r}, which is neither file nor folder; it was not unpacked")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
