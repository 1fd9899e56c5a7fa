import json
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("flags\t\t: fpu sse2 avx512_vnni avx2 avx512f\n", ("avx2", "avx512f", "avx512_vnni")),
        ("Features\t: fp asimd crc32 asimddp\n", ("asimd", "asimddp")),
        ("bogomips\t: 108.00\n", ()),
    ],
)
def test_the_extensions_that_decide_how_fast_a_network_runs_are_told_in_one_order(
    tmp_path: Path, line: str, told: tuple[str, ...]
) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(f"processor\t: 0\n{line}")
    assert HostInfo.here(tmp_path).instructions == told
