"""`unetkit serve` under load, from this machine: throughput, waiting, refusals, and what it holds before and after.

`python -m unetkit.benchmarks.serving` takes about a minute. The server is a process of its own; the clients, threads
of this one, share its processors: beside them a server has less than it would have alone.
"""

import contextlib
import http.client
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cv2
import typer

from unetkit.benchmarks.processload import resident_mib
from unetkit.benchmarks.showing import show
from unetkit.data.scene import scene
from unetkit.errors import DeviceError, UsageError
from unetkit.runtime.latency import StageStats, summarise
from unetkit.script import one_line_errors

_START_S = 60.0
_PAUSE_S = 0.05  # after a refusal; a client that obeyed Retry-After would put no load on
_PICTURES = 8  # different ones


@dataclass(frozen=True, kw_only=True)
class LoadCase:
    """So many clients for a while, each with one connection and one request at a time.

    Attributes:
        clients: how many.
        seconds: for how long.
        latency: of the answers with 200, from the first byte sent to the last received.
        statuses: how often each status came; "lost" are connections that broke.
        stages_ms: median of each stage in the server, by its Server-Timing.
        own_mib: resident memory of the server afterwards.
        descriptors: that it has open afterwards.
    """

    clients: int
    seconds: float
    latency: StageStats
    statuses: dict[str, int]
    stages_ms: dict[str, float]
    own_mib: float
    descriptors: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.latency.n / self.seconds


@dataclass(frozen=True, kw_only=True)
class ServingReport:
    """What a server did under load.

    Attributes:
        cases: in the order they were run.
        before_mib: resident memory after one request.
        before_descriptors: open then.
        picture: what was sent, in words.
    """

    cases: tuple[LoadCase, ...]
    before_mib: float
    before_descriptors: int
    picture: str

    def lines(self) -> list[str]:
        heads = ["clients", "answers/s", "p50 ms", "p95 ms", "p99 ms", "answers", "503", "other", "memory MiB", "files"]
        lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
        for case in self.cases:
            other = sum(count for status, count in case.statuses.items() if status not in {"200", "503"})
            latency = case.latency
            figures = (f"{value:.1f}" for value in (case.rate, latency.p50_ms, latency.p95_ms, latency.p99_ms))
            counts = (f"{latency.n:,}", f"{case.statuses.get('503', 0):,}", f"{other:,}")
            lines.append(
                f"| {case.clients} | {' | '.join((*figures, *counts))} | {case.own_mib:.0f} | {case.descriptors} |"
            )
        stages = ", ".join(f"{name} {ms:.1f}" for name, ms in self.cases[0].stages_ms.items())
        return [
            *lines,
            "",
            f"{self.picture}; before: {self.before_mib:.0f} MiB, {self.before_descriptors} files",
            f"in the server with {self.cases[0].clients} client, median ms: {stages}",
        ]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def load_server(
    model: str, *, clients: Sequence[int], seconds: float, wh: tuple[int, int], answer: str, options: Sequence[str] = ()
) -> ServingReport:
    """Start a server and put load on it.

    Args:
        model: as for `unetkit serve`.
        clients: how many at once, one case after the other.
        seconds: of each case.
        wh: width and height of the pictures, JPEGs of a generated scene.
        answer: what is asked for: `png`, `json`.
        options: further ones of `unetkit serve`.

    Raises:
        DeviceError: there is no /proc.
        UsageError: the server did not start; its own line tells why.
    """
    if not Path("/proc/self/statm").exists():
        raise DeviceError("memory and descriptors are counted in /proc, which only Linux has")
    hw = wh[1], wh[0]
    pictures = [cv2.imencode(".jpg", scene(0, hw, t=index / 10)[0])[1].tobytes() for index in range(_PICTURES)]
    with _server(model, options) as (pid, port):
        target = _Target(port=port, path=f"/segment?format={answer}", pictures=pictures)
        _run_clients(target, 1, 1.0)
        before = resident_mib(pid), _descriptors(pid)
        cases = []
        for count in clients:
            seen = _run_clients(target, count, seconds)
            time.sleep(0.2)
            cases.append(seen.case(count, seconds, own_mib=resident_mib(pid), descriptors=_descriptors(pid)))
    size = statistics.mean(len(picture) for picture in pictures) / 1000
    picture = f"JPEGs of {wh[0]}x{wh[1]}, {size:.0f} kB"
    return ServingReport(cases=tuple(cases), before_mib=before[0], before_descriptors=before[1], picture=picture)


@dataclass(frozen=True, kw_only=True)
class _Target:
    port: int
    path: str
    pictures: Sequence[bytes]


class _Seen:
    """What all clients of a case saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.latencies_ns: list[int] = []
        self.statuses: Counter[str] = Counter()
        self.stages: dict[str, list[float]] = {}

    def add(self, status: str, elapsed_ns: int, timing: str) -> None:
        with self.lock:
            self.statuses[status] += 1
            if status == "200":
                self.latencies_ns.append(elapsed_ns)
                for part in timing.split(", "):
                    name, _, ms = part.partition(";dur=")
                    self.stages.setdefault(name, []).append(float(ms))

    def case(self, clients: int, seconds: float, *, own_mib: float, descriptors: int) -> LoadCase:
        return LoadCase(
            clients=clients,
            seconds=seconds,
            latency=summarise("answer", self.latencies_ns),
            statuses=dict(self.statuses),
            stages_ms={name: statistics.median(values) for name, values in self.stages.items()},
            own_mib=own_mib,
            descriptors=descriptors,
        )


def _run_clients(target: _Target, count: int, seconds: float) -> _Seen:
    seen, end_s = _Seen(), time.monotonic() + seconds
    threads = [threading.Thread(target=_client, args=(target, number, end_s, seen)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _client(target: _Target, number: int, end_s: float, seen: _Seen) -> None:
    """One connection, one request at a time, until the time is over."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    while time.monotonic() < end_s:
        number += 1
        start_ns = time.perf_counter_ns()
        try:
            connection.request("POST", target.path, target.pictures[number % len(target.pictures)])
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            seen.add("lost", 0, "")
            continue
        seen.add(str(answer.status), time.perf_counter_ns() - start_ns, answer.headers.get("Server-Timing", ""))
        if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            time.sleep(_PAUSE_S)
    connection.close()


@contextlib.contextmanager
def _server(model: str, options: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Process id and port."""
    command = [sys.executable, "-m", "unetkit", "serve", model, "--listen", "127.0.0.1:0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said: list[str] = []
        for line in process.stderr:
            said.append(line.strip())
            if line.startswith("serving on "):
                break
        else:
            raise UsageError(f"the server did not start: {said[-1] if said else 'it said nothing'}")
        yield process.pid, int(said[-1].split()[2].rpartition(":")[2])
    finally:
        process.terminate()
        process.communicate(timeout=_START_S)


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    clients: Annotated[list[int] | None, typer.Option(min=1, help="At once; may be repeated. 1, 4, 16, 32.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each case.")] = 10.0,
    size: Annotated[str, typer.Option(metavar="WxH", help="Of the pictures.")] = "1280x720",
    answer: Annotated[str, typer.Option(help="png or json.")] = "png",
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    """Throughput and latency of `unetkit serve` on this machine."""
    with one_line_errors():
        width, _, height = size.partition("x")
        if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) > 0):
            raise UsageError(f"the size is {size!r}, expected WxH, such as 1280x720")
        wh = int(width), int(height)
        report = load_server(model, clients=clients or [1, 4, 16, 32], seconds=seconds, wh=wh, answer=answer)
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)
