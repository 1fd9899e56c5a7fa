import json
import os
from pathlib import Path

import numpy as np
import pytest

from unetkit.runtime.host import HostInfo


def test_this_host_knows_itself_and_is_json() -> None:
    host = HostInfo.here()
    assert host.cpu
    assert 1 <= host.usable_cores <= host.logical_cores
    assert host.packages["numpy"] == np.__version__
    assert json.loads(json.dumps(host.to_dict()))["python"] == host.python


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("", 8), ("rubbish", 8)],
)
def test_a_container_s_quota_limits_the_usable_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    folder = tmp_path / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    (folder / "cpu.max").write_text(quota)
    assert HostInfo.here(tmp_path).usable_cores == cores


def test_a_board_and_a_gpu_are_named(tmp_path: Path) -> None:
    files = {
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Cortex-A76\n",
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        "proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA H100\nIRQ: 3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    host = HostInfo.here(tmp_path)
    assert (host.cpu, host.board, host.gpu) == ("Cortex-A76", "Raspberry Pi 5 Model B Rev 1.0", "NVIDIA H100")
