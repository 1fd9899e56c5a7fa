import json
from pathlib import Path

import numpy as np

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
