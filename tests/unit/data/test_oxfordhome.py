import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.data.host import Host, member, serving, tar_gz
from tests.unit.data.sets import write_oxford
from unetkit.data.download import Archive
from unetkit.data.oxford import OxfordPets
from unetkit.data.oxfordhome import HOME, OXFORD_ARCHIVES, oxford_folder
from unetkit.errors import DataError

PATHS = ("/images.tar.gz", "/annotations.tar.gz")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache and no $UNETKIT_DATA."""
    folder = tmp_path / "cache"
    monkeypatch.delenv("UNETKIT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(folder / name))
    return folder / "unetkit"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    source = write_oxford(tmp_path / "publisher", ["pug_1"], ["pug_2"])

    def packed(part: str) -> bytes:
        files = sorted(path for path in (source / part).rglob("*") if path.is_file())
        return tar_gz((member(path.relative_to(source).as_posix()), path.read_bytes()) for path in files)

    with serving(Host({"/images.tar.gz": packed("images"), "/annotations.tar.gz": packed("annotations")})) as served:
        yield served


def _archives(host: Host) -> tuple[Archive, ...]:
    return tuple(host.archive(path) for path in PATHS)


def test_the_known_archives_are_the_publishers() -> None:
    assert [archive.name for archive in OXFORD_ARCHIVES] == ["images.tar.gz", "annotations.tar.gz"]
    assert all(archive.url.startswith("https://www.robots.ox.ac.uk/") for archive in OXFORD_ARCHIVES)
    assert all(len(archive.sha256) == 64 for archive in OXFORD_ARCHIVES)


def test_of_several_copies_the_largest_is_taken_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_oxford(tmp_path / "data" / "a", ["pug_1"], ["pug_2"])
    largest = write_oxford(tmp_path / "data" / "b", ["pug_1", "pug_3"], ["pug_2"])
    write_oxford(tmp_path / "data" / ".half-unpacked", ["pug_1", "pug_3", "pug_4", "pug_5"])
    caplog.set_level(logging.INFO)
    assert oxford_folder(tmp_path / "data", archives=()) == largest
    assert "3 listed pictures, the most of 2 copies" in caplog.text


def test_the_folder_itself_may_be_the_set(tmp_path: Path) -> None:
    folder = write_oxford(tmp_path / "pets", ["pug_1"])
    assert oxford_folder(folder, archives=()) == folder


def test_the_variable_comes_before_the_cache(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = write_oxford(cache / HOME, ["pug_1"])
    assert oxford_folder(None, archives=()) == cached
    named = write_oxford(tmp_path / "data" / "pets", ["pug_1"])
    monkeypatch.setenv("UNETKIT_DATA", str(tmp_path / "data"))
    assert oxford_folder(None, archives=()) == named


@pytest.mark.parametrize("variable", ["", "nowhere", "."])
def test_a_variable_that_holds_none_goes_on_to_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("UNETKIT_DATA", str(tmp_path / "empty" / variable) if variable else "")
    cached = write_oxford(cache / HOME, ["pug_1"])
    assert oxford_folder(None, archives=()) == cached


def test_a_data_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        oxford_folder(tmp_path / "nowhere", archives=())


def test_the_set_is_downloaded_once_and_nothing_else_is_left(cache: Path, host: Host) -> None:
    told: list[tuple[int, int]] = []
    folder = oxford_folder(None, archives=_archives(host), progress=lambda done, total: told.append((done, total)))
    total = sum(len(body) for body in host.files.values())
    assert told[-1] == (total, total)
    assert told == sorted(told)
    assert OxfordPets(folder).splits == {"trainval": ("pug_1",), "test": ("pug_2",)}
    assert list(cache.iterdir()) == [folder]
    assert oxford_folder(None, archives=_archives(host)) == folder
    assert len(host.asked) == 2


def test_a_data_folder_without_the_set_receives_it(tmp_path: Path, cache: Path, host: Host) -> None:
    (tmp_path / "mine").mkdir()
    assert oxford_folder(tmp_path / "mine", archives=_archives(host)) == tmp_path / "mine" / HOME
    assert not cache.exists()


def test_an_archive_that_does_not_unpack_leaves_no_set(cache: Path, host: Host) -> None:
    host.files["/annotations.tar.gz"] = tar_gz([(member("../outside"), b"evil")])
    with pytest.raises(DataError, match="leaves the folder"):
        oxford_folder(None, archives=_archives(host))
    assert [path.name for path in cache.iterdir()] == [f"{HOME}-archives"]


def test_archives_of_something_else_are_refused(cache: Path, host: Host) -> None:
    host.files["/annotations.tar.gz"] = tar_gz([(member("readme.txt"), b"moved")])
    with pytest.raises(DataError, match="do not hold images/ and annotations/"):
        oxford_folder(None, archives=_archives(host))
    assert not (cache / HOME).exists()
