import os
import socket
import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from tests.unit.benchmarks.freshmemory import fresh_memory
from unetkit.benchmarks.faultcase import FaultCase, table_row
from unetkit.benchmarks.faults import FaultReport
from unetkit.benchmarks.loopback import FAULTS, Fault, LoopbackCamera
from unetkit.benchmarks.processload import ProcessLoad
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.stream import open_stream

PATIENCE = Patience(silent_s=1, still_s=1, pause_s=0.1, longest_pause_s=0.2)
NOTICED: dict[Fault, str] = {
    "stall": "it is silent",
    "close": "it ended",
    "garbage": "it ended",
    "trickle": "it is silent",
    "frozen": "the picture stands still",
    "black": "the picture is black",
}


def pump_until_noticed(source: LiveSource) -> str:
    end_s = time.monotonic() + 60
    while source.notice is None or (source.notice.startswith("no picture for") and ":" not in source.notice):
        if source.poll(0.02):
            assert source.read() is not None
        assert time.monotonic() < end_s
    return source.notice


def pump_until_well(source: LiveSource) -> None:
    end_s = time.monotonic() + 60
    fresh = False
    while not fresh or source.notice is not None:
        fresh = source.poll(0.02)
        if fresh:
            assert source.read() is not None
        assert time.monotonic() < end_s


@pytest.mark.timeout(200)
def test_every_fault_of_a_network_camera_is_noticed_and_the_picture_comes_back_and_nothing_is_left() -> None:
    with LoopbackCamera(hw=(120, 160)) as camera:
        source = open_stream(camera.url, patience=PATIENCE)
        for fault in FAULTS:
            camera.fault = fault
            if fault in NOTICED:
                assert NOTICED[fault] in pump_until_noticed(source), fault
            camera.fault = "none"
            pump_until_well(source)
        assert len(source.outages_s) >= len(NOTICED)
        source.close()
        names = [thread.name for thread in threading.enumerate()]
        assert not [name for name in names if name.startswith("reader ")]


def test_a_camera_that_changes_its_resolution_goes_on_without_a_break() -> None:
    with LoopbackCamera(hw=(120, 160)) as camera:
        source = open_stream(camera.url, patience=PATIENCE)
        camera.fault = "resize"
        frames = [source.read() for _ in range(20)]
        source.close()
    assert all(frame is not None for frame in frames)
    assert camera.connections == 1


def test_a_case_tells_when_it_was_noticed_and_when_it_was_well_again() -> None:
    case = FaultCase(name="stall", done="says nothing", began_s=10.0)
    case.see(10.1, 0.1, None, 10.05)  # a frame that was under way
    case.see(11.0, 0.2, "no picture for 1 s", None)
    case.see(13.0, 0.1, "no picture for 3 s: it is silent", None)
    case.over_s = 18.0
    case.see(18.5, 0.1, None, 17.9)  # taken before the end of the fault
    assert case.recovered_s is None
    case.see(19.25, 0.1, None, 19.0)
    case.see(20.0, 0.1, None, 19.9)
    assert [case.noticed_s, case.shown, case.recovered_s, case.longest_gap_s] == [1.0, 1, 1.25, 0.2]
    assert table_row([case]) == "| stall: says nothing | it is silent | 1 | 1.0 | 1 | 1.2 | 1.2 | 200 |"


def test_the_memory_curve_is_a_picture_of_every_look_over_the_minutes() -> None:
    load = ProcessLoad.now()
    loads = tuple(replace(load, own_mib=mib) for mib in (139.0, 141.5, 140.0, 140.0, 140.0, 140.0, 140.0))
    report = FaultReport(cases=(), before=load, after=load, loads=loads, frames=9, ended="all")
    root = ET.fromstring(report.memory_curve())
    [line] = [each for each in root.iter("{http://www.w3.org/2000/svg}path") if "path" in each.get("class", "")]
    assert line.get("d", "").count("L") == 6
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"minutes", "MiB", "1.0"} <= set(texts)  # six times ten seconds


def test_the_table_has_the_middle_of_a_fault_s_cases_and_the_worst() -> None:
    cases = [
        FaultCase(name="close", done="hangs up", began_s=0.0, noticed_s=noticed_s, recovered_s=recovered_s)
        for noticed_s, recovered_s in ((0.2, 1.0), (0.4, 5.0), (None, 2.0))
    ]
    cases[1].longest_gap_s = 0.25
    cases[2].shown = 4
    assert table_row(cases) == "| close: hangs up | nothing to notice | 3 | 0.3 | 0 | 2.0 | 5.0 | 250 |"
    cases[1].recovered_s = None
    assert "| 1.5 | 1 not before the next fault |" in table_row(cases)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")  # noqa: PTH110
def test_the_load_of_a_process_counts_what_it_opens_and_keeps() -> None:
    before = ProcessLoad.now()
    with open(os.devnull) as first, open(os.devnull) as second:  # noqa: PTH123
        kept = fresh_memory(64 << 20)
        during = ProcessLoad.now()
        kept.close()
        assert first.fileno() != second.fileno()
    assert during.descriptors == before.descriptors + 2
    assert during.own_mib - before.own_mib == pytest.approx(64, abs=4)  # what else the process does meanwhile
    assert ProcessLoad.now().descriptors == before.descriptors


def test_the_camera_tells_when_the_last_one_it_served_is_gone() -> None:
    with LoopbackCamera(hw=(120, 160)) as camera:
        camera.wait_for_nobody(1)  # nobody came yet
        client = socket.create_connection(("127.0.0.1", int(camera.url.split(":")[2].split("/")[0])))
        client.sendall(b"GET /video HTTP/1.0\r\n\r\n")
        assert client.recv(100)
        served = [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]
        assert len(served) == 1
        client.close()
        camera.wait_for_nobody(20)
        served[0].join(timeout=20)
        assert not served[0].is_alive()
