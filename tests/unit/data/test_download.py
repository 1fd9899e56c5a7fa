import resource
import socket
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.host import Host, serving
from unetkit.data.download import Archive, fetch
from unetkit.errors import DataError, OutputError

BODY = np.random.default_rng(0).bytes(300_000)
PATH = "/a/set.tar.gz"


def test_a_file_comes_whole_and_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with serving(Host({PATH: BODY})) as host:
        file = fetch(host.archive(PATH), tmp_path / "new", progress=lambda done, total: told.append((done, total)))
    assert file == tmp_path / "new" / "set.tar.gz"
    assert file.read_bytes() == BODY
    assert told[-1] == (300_000, 300_000)
    assert told == sorted(told)
    assert [path.name for path in file.parent.iterdir()] == ["set.tar.gz"]


def test_a_cut_connection_is_continued_where_it_was_cut(tmp_path: Path) -> None:
    with serving(Host({PATH: BODY}, cuts=[100_000, 50_000])) as host:
        assert fetch(host.archive(PATH), tmp_path).read_bytes() == BODY
    assert [asked for _, asked in host.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_host_without_ranges_is_read_from_the_start(tmp_path: Path) -> None:
    with serving(Host({PATH: BODY}, cuts=[100_000], ranges=False)) as host:
        assert fetch(host.archive(PATH), tmp_path).read_bytes() == BODY
    assert len(host.asked) == 2


def test_what_an_earlier_command_left_is_continued(tmp_path: Path) -> None:
    (tmp_path / "set.tar.gz.part").write_bytes(BODY[:123_456])
    with serving(Host({PATH: BODY})) as host:
        assert fetch(host.archive(PATH), tmp_path).read_bytes() == BODY
    assert host.asked == [(PATH, "bytes=123456-")]


def test_a_leftover_that_is_too_long_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "set.tar.gz.part").write_bytes(BODY + b"more")
    with serving(Host({PATH: BODY})) as host:
        assert fetch(host.archive(PATH), tmp_path).read_bytes() == BODY


def test_a_whole_file_is_not_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "set.tar.gz").write_bytes(BODY)
    with serving(Host({PATH: BODY})) as host:
        fetch(host.archive(PATH), tmp_path)
    assert host.asked == []


def test_a_wrong_digest_is_refused_and_the_file_removed(tmp_path: Path) -> None:
    with serving(Host({PATH: BODY})) as host, pytest.raises(DataError, match=r"came with SHA-256 .*, expected 0000"):
        fetch(host.archive(PATH, sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("expected", [299_999, 300_001])
def test_a_wrong_size_is_refused_before_a_byte_is_taken(tmp_path: Path, expected: int) -> None:
    with (
        serving(Host({PATH: BODY})) as host,
        pytest.raises(DataError, match=f"has 300,000 bytes, expected {expected:,}"),
    ):
        fetch(host.archive(PATH, size_bytes=expected), tmp_path)
    assert (tmp_path / "set.tar.gz.part").stat().st_size == 0


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with serving(Host({})) as host, pytest.raises(DataError, match=r"the host answers 404 .*--data synthetic"):
        fetch(host.archive(PATH, size_bytes=9), tmp_path)
    assert len(host.asked) == 3


def test_a_host_that_never_answers_times_out(tmp_path: Path) -> None:
    with (
        serving(Host({PATH: BODY}, silent=True)) as host,
        pytest.raises(DataError, match=r"timed out.*--data synthetic"),
    ):
        fetch(host.archive(PATH), tmp_path, timeout_s=0.2)


def test_no_network_is_one_line_that_names_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    archive = Archive(url=f"http://127.0.0.1:{port}/set.tar.gz", size_bytes=1, sha256="")
    with pytest.raises(DataError, match=r"refused.*--data synthetic") as caught:
        fetch(archive, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_an_output_error_and_keeps_what_came(tmp_path: Path) -> None:
    _, hard = old = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(Host({PATH: BODY})) as host:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # the kernel refuses to grow a file
        try:
            with pytest.raises(OutputError, match=r"cannot write .*set\.tar\.gz: .*make room"):
                fetch(host.archive(PATH), tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert fetch(host.archive(PATH), tmp_path).read_bytes() == BODY
