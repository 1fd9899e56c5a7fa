import tarfile
from pathlib import Path

import pytest

from tests.unit.data.host import member, tar_gz
from tests.unit.data.sets import write
from unetkit.data.unpacking import unpack
from unetkit.errors import DataError


def test_files_and_folders_are_unpacked_and_junk_is_not(tmp_path: Path) -> None:
    archive = write(
        tmp_path / "set.tar.gz",
        tar_gz(
            [
                (member("images", tarfile.DIRTYPE), b""),
                (member("./images/a.jpg"), b"picture"),
                (member("images/._a.jpg"), b"junk"),
                (member("deep/er/b.txt"), b"text"),
            ]
        ),
    )
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {"images/a.jpg", "deep/er/b.txt"}
    assert (tmp_path / "out" / "images" / "a.jpg").read_bytes() == b"picture"


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (member("../outside.txt"), "leaves the folder"),
        (member("images/../../outside.txt"), "leaves the folder"),
        (member("/outside.txt"), "leaves the folder"),
        (member("..\\outside.txt"), "leaves the folder"),
        (member("C:\\outside.txt"), "leaves the folder"),
        (member("images", tarfile.SYMTYPE, "../.."), "neither file nor folder"),
        (member("inside", tarfile.SYMTYPE, "images/a.jpg"), "neither file nor folder"),
        (member("hard", tarfile.LNKTYPE, "../outside.txt"), "neither file nor folder"),
        (member("pipe", tarfile.FIFOTYPE), "neither file nor folder"),
        (member("device", tarfile.CHRTYPE), "neither file nor folder"),
    ],
)
def test_a_member_that_could_leave_the_folder_is_refused(tmp_path: Path, info: tarfile.TarInfo, message: str) -> None:
    body = b"evil" if info.isreg() else b""
    archive = write(tmp_path / "evil.tar.gz", tar_gz([(info, body)]))
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(DataError, match=message):
        unpack(archive, tmp_path / "a" / "b")
    assert not list(tmp_path.rglob("outside*"))
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    whole = tar_gz([(member("a.bin"), bytes(range(256)) * 50)])
    archive = write(tmp_path / "cut.tar.gz", whole[:keep])
    with pytest.raises(DataError, match=r"not a whole \.tar\.gz"):
        unpack(archive, tmp_path)
