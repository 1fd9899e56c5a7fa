"""Affinity and control groups, of both versions, as the kernel writes them."""

import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from unetkit.processors import Processors, usable_cores

V1_MOUNTS = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 {top} /sys/fs/cgroup/{cpu} rw,relatime shared:4 - cgroup cgroup rw,{cpu}
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
"""
V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


def rooted(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(
    ("text", "quota", "usable"),
    [
        ("max 100000", None, 8),
        ("200000 100000", 2.0, 2),
        ("150000 100000", 1.5, 2),
        ("10000 100000", 0.1, 1),
        ("1600000 100000", 16.0, 8),
        ("", None, 8),
        ("rubbish", None, 8),
        ("100000 0", None, 8),
    ],
)
def test_version_2_tells_quota_and_period_in_a_line(
    text: str, quota: float | None, usable: int, tmp_path: Path
) -> None:
    root = rooted(
        tmp_path, {"proc/self/mountinfo": V2_MOUNT, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": text}
    )
    found = Processors.here(root)
    assert (found.logical, found.quota, found.usable) == (16, quota, usable)


@pytest.mark.usefixtures("eight")
def test_a_group_above_may_be_the_tightest(tmp_path: Path) -> None:
    """systemd-run -p CPUQuota=...: the limit is on the unit or its slice, the process may be in a group below."""
    files = {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/user.slice/app.service/worker\n",
        "sys/fs/cgroup/user.slice/cpu.max": "300000 100000",
        "sys/fs/cgroup/user.slice/app.service/cpu.max": "600000 100000",
        "sys/fs/cgroup/user.slice/app.service/worker/cpu.max": "max 100000",
        "sys/fs/cgroup/other/cpu.max": "100000 100000",
    }
    assert Processors.here(rooted(tmp_path, files)).quota == 3.0


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(
    ("quota", "usable"), [("-1\n", 8), ("250000\n", 3), ("100000\n", 1), ("0\n", 8), ("nonsense\n", 8)]
)
@pytest.mark.parametrize("cpu", ["cpu", "cpu,cpuacct"])
def test_version_1_keeps_them_in_two_files(quota: str, usable: int, cpu: str, tmp_path: Path) -> None:
    files = {
        "proc/self/mountinfo": V1_MOUNTS.format(cpu=cpu, top="/"),
        "proc/self/cgroup": f"9:name=systemd:/x\n2:{cpu}:/jobs/one\n",
        f"sys/fs/cgroup/{cpu}/jobs/one/cpu.cfs_quota_us": quota,
        f"sys/fs/cgroup/{cpu}/jobs/one/cpu.cfs_period_us": "100000\n",
    }
    assert usable_cores(rooted(tmp_path, files)) == usable


@pytest.mark.usefixtures("eight")
def test_a_container_that_sees_its_own_group_as_the_top_finds_its_quota(tmp_path: Path) -> None:
    """Docker without a control group namespace: the group's name is the host's, the mount is the group."""
    files = {
        "proc/self/mountinfo": V1_MOUNTS.format(cpu="cpu", top="/docker/abc"),
        "proc/self/cgroup": "2:cpu:/docker/abc\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    }
    assert Processors.here(rooted(tmp_path, files)).quota == 2.0


@pytest.mark.usefixtures("eight")
def test_a_group_outside_the_namespace_leaves_what_is_mounted(tmp_path: Path) -> None:
    files = {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/../../elsewhere\n",
        "sys/fs/cgroup/cpu.max": "100000 100000",
    }
    assert Processors.here(rooted(tmp_path, files)).quota == 1.0


@pytest.mark.usefixtures("eight")
def test_both_versions_at_once_are_looked_at(tmp_path: Path) -> None:
    files = {
        "proc/self/mountinfo": V1_MOUNTS.format(cpu="cpu", top="/")
        + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\nbroken line\n",
        "proc/self/cgroup": "1:cpu:/\n0::/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "500000",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    }
    assert Processors.here(rooted(tmp_path, files)).quota == 5.0


def test_where_nothing_is_told_all_processors_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert Processors.here(tmp_path) == Processors(logical=6, allowed=(0, 1, 2, 3, 4, 5), quota=None)


PROGRAM = "from unetkit.processors import usable_cores; print(usable_cores())"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_a_process_that_was_put_on_one_processor_uses_one() -> None:
    one = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{one}}}); {PROGRAM}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_real_quota_of_the_kernel_is_seen() -> None:
    if usable_cores() < 2:
        pytest.skip("one processor: a quota would show nothing")
    group = Path("/sys/fs/cgroup/cpu") / f"unetkit-{uuid.uuid4().hex}"
    try:
        group.mkdir()
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text("70000")
    except OSError as error:
        pytest.skip(f"no control group of version 1 can be made here: {error}")
    try:
        code = f"import os, pathlib; pathlib.Path({str(group / 'tasks')!r}).write_text(str(os.getpid())); {PROGRAM}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "1\n"
    finally:
        group.rmdir()
