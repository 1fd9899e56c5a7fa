"""The sections of docs/benchmarks.md that are measured, each with its raw JSON in a file beside the page."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from itertools import starmap
from pathlib import Path
from typing import Any

from unetkit.benchmarks.bench import bench
from unetkit.benchmarks.columns import THROUGHPUT_HEAD, milliseconds, throughput_rows
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.openings import SWEEP, thread_counts
from unetkit.benchmarks.page.document import page_of
from unetkit.benchmarks.page.picture import standalone
from unetkit.benchmarks.page.plots import accuracy_plot, operator_plot, roofline_plot, thread_plot
from unetkit.benchmarks.peers.enginetools import ToolCheck, check_tools
from unetkit.benchmarks.peers.peer import PeerRequest
from unetkit.benchmarks.peers.race import race_peers
from unetkit.benchmarks.peers.table import PEER_HEAD, absent_lines, peer_rows
from unetkit.benchmarks.prediction import DEVICES, predicted_ms
from unetkit.benchmarks.repetition import Run, repeated, spread
from unetkit.benchmarks.report import BenchReport, read_report
from unetkit.benchmarks.scale import throughput
from unetkit.benchmarks.simulated import Limit, bench_under
from unetkit.benchmarks.table import header
from unetkit.benchmarks.textforms import markdown_of, markdown_table
from unetkit.benchmarks.work import work_of
from unetkit.contract.artifact import read_spec
from unetkit.contract.publish import publish_text
from unetkit.data.catalog import open_dataset
from unetkit.runtime.builtin import BuiltinModel, builtin_folder
from unetkit.runtime.host import HostInfo

_SOURCES = (1, 2, 4, 8)
Tell = Callable[[str], None]


class Sections:
    """What can be measured for the page.

    Args:
        raw: folder for the raw files, beside the page.
        seconds: of timing, a lane.
        tell: told in words what comes next.
    """

    def __init__(self, raw: Path, seconds: float, tell: Tell) -> None:
        self._raw, self._seconds, self._tell = raw, seconds, tell

    def model(self, model: BuiltinModel, data: str | None, split: str) -> str:
        """Every format in every engine with every number of threads; accuracy where there is data."""
        self._tell(f"{model.name}: formats, engines, threads")
        report = bench(
            model.paths(("onnx", "tflite")),
            frames=FrameSet.generated(),
            rounds=None,
            seconds=self._seconds,
            engine="all",
            device="cpu",
            threads=thread_counts(SWEEP),
            cold=True,
            limits=True,
            dataset=None if data is None else open_dataset(data),
            split=split,
            tell=self._tell,
        )
        report = _portable(report)
        self._keep(f"{model.name}.json", report.to_dict())
        publish_text(self._raw / f"{model.name}.html", page_of(report))
        pictures = "\n".join(self._pictures(model.name, report))
        return f"### {model.name}: formats, engines, threads\n\n{pictures}\n\n{markdown_of(report)}"

    def _pictures(self, name: str, report: BenchReport) -> Iterator[str]:
        """Write the plots that there are, each a file, and give the Markdown that shows them."""
        names = names_of(report.artifacts)
        plots = {
            "accuracy": ("Accuracy against latency", accuracy_plot(report, names)),
            "threads": ("Threads", thread_plot(report)),
            "roofline": ("The machine's limit", roofline_plot(report, names)),
            "levels": ("Where in the network", operator_plot(report, names)),
        }
        for key, (title, plot) in plots.items():
            if plot:
                file = self._raw / f"{name}-{key}.svg"
                publish_text(file, standalone(plot))
                yield f"![{title}]({self._raw.name}/{file.name})"

    def repeats(self, path: Path) -> str:
        """The command as it comes, again and again: how long it takes and what a figure is worth."""
        runs = repeated(path, tell=self._tell)
        quiet = tuple(run for run in runs if run.quiet)
        self._keep(
            "repeats.json",
            {
                "quiet": [run.quiet for run in runs],
                "seconds": [run.seconds for run in runs],
                "reports": [_portable(run.report).to_dict() for run in runs],
            },
        )
        head = (
            "run",
            "infer p50, ms",
            "infer p99, ms",
            "end to end p50, ms",
            "whole command, s",
            "other programs, cores",
            "the machine's pace",
            "quiet",
        )
        found = f"From the lowest to the highest p50 of all {len(runs)}: {spread(runs):.1%}; of the "
        found += (
            f"{len(quiet)} with a quiet machine: {spread(quiet):.1%}." if quiet else "ones with a quiet machine: none."
        )
        return (
            f"### Runs of `unetkit bench {path.parent.name}/{path.name}`\n\n{header(_portable(runs[0].report))[0]}\n\n"
            f"{markdown_table(head, starmap(_run_row, enumerate(runs, start=1)))}\n\n{found}\n"
        )

    def peers(self, model: BuiltinModel, data: str | None, split: str, checkpoint: Path | None) -> str:
        """Other people's segmenters."""
        onnx, tflite = model.paths(("onnx", "tflite"))
        request = PeerRequest(
            onnx=onnx, tflite=tflite, checkpoint=checkpoint, threads=1, class_names=read_spec(onnx).class_names
        )
        rounds = max(3, round(3 * self._seconds))
        report = race_peers(request, data=data, split=split, frames=None, rounds=rounds, tell=self._tell)
        report = replace(report, data=Path(report.data).name)
        self._keep("peers.json", report.to_dict())
        lines = "\n".join(f"- {line}" for line in absent_lines(report))
        return (
            f"### Peers beside {model.name}, one thread\n\n{markdown_table(PEER_HEAD, peer_rows(report))}\n\n{lines}\n"
        )

    def tools(self, onnx: Path, tflite: Path) -> str:
        """Our figures against the engines' own."""
        self._tell("the engines' own tools")
        checks = check_tools(onnx, tflite, seconds=self._seconds)
        self._keep("tools.json", {"host": HostInfo.here().to_dict(), "checks": [asdict(check) for check in checks]})
        head = (
            "tool",
            "ours in a run, ms, a turn each",
            "ours alone, ms",
            "the tool's, ms",
            "ours alone over the tool's",
        )
        return f"### Against the engines' own tools, one thread\n\n{markdown_table(head, map(_tool_row, checks))}\n"

    def sources(self, path: Path) -> str:
        """Several cameras at once."""
        found = throughput(path, _SOURCES, frames=FrameSet.generated(), seconds=self._seconds, tell=self._tell)
        found = tuple(replace(each, path=_short(each.path)) for each in found)
        self._keep("sources.json", {"throughputs": [asdict(each) for each in found]})
        table = markdown_table(THROUGHPUT_HEAD, throughput_rows(found))
        return f"### Sources at once, {path.parent.name}/{path.name}\n\n{table}\n"

    def simulated(self, path: Path) -> str:
        """Smaller machines, and a prediction for one that is not here."""
        limits = [Limit(cores=count) for count in reversed(thread_counts(SWEEP)) if count] + [Limit(cores=1, share=0.5)]
        reports = []
        for limit in limits:
            self._tell(f"held to {limit}")
            reports.append(_portable(bench_under(limit, [path], seconds=self._seconds)))
        self._keep("simulated.json", {str(limit): each.to_dict() for limit, each in zip(limits, reports, strict=True)})
        rows = [(str(limit), *_times(report)) for limit, report in zip(limits, reports, strict=True)]
        table = markdown_table(("held to", "infer p50, ms", "infer p99, ms", "end to end p50, ms"), rows)
        return f"### This machine made smaller, {path.parent.name}/{path.name}\n\n{table}\n"

    def predicted(self, models: Iterable[BuiltinModel]) -> str:
        """Inference elsewhere, by documented peaks and the shares that `model` found here.

        Raises:
            UsageError: one of the models was not measured yet.
        """
        rows = [row for model in models for row in _predictions(self._report_of(model))]
        self._keep("predicted.json", {"rows": rows})
        words = (
            "**A prediction, not a measurement**: the device's documented peak, divided by the share of this machine's "
            "peak that the artifact reached on one thread."
        )
        head = ("model", "engine", *(f"{device}, infer ms" for device in DEVICES))
        return f"### What it predicts\n\n{words}\n\n{markdown_table(head, rows)}\n"

    def _report_of(self, model: BuiltinModel) -> BenchReport:
        """What `model` wrote."""
        return read_report(self._raw / f"{model.name}.json", "report")

    def _keep(self, name: str, table: Mapping[str, Any]) -> None:
        publish_text(self._raw / name, json.dumps(plain(table), allow_nan=False) + "\n")


def _portable(report: BenchReport) -> BenchReport:
    """The same with the artifacts' paths below the built-ins' folder: where that lies is this machine's affair."""
    return replace(
        report,
        artifacts=tuple(replace(item, path=_short(item.path)) for item in report.artifacts),
        ratios=tuple(replace(item, path=_short(item.path)) for item in report.ratios),
    )


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def _times(report: BenchReport) -> tuple[str, ...]:
    infer, whole = (report.artifacts[0].stage(name) for name in ("infer", "end_to_end"))
    return milliseconds(infer.p50_ms), milliseconds(infer.p99_ms), milliseconds(whole.p50_ms)


def _run_row(number: int, run: Run) -> tuple[str, ...]:
    others = "-" if run.others_cores is None else f"{run.others_cores:.2f}"
    return (
        str(number),
        *_times(run.report),
        f"{run.seconds:.1f}",
        others,
        f"{run.pace:.3f}",
        "yes" if run.quiet else "no",
    )


def _tool_row(check: ToolCheck) -> tuple[str, ...]:
    if check.reason:
        return check.tool, "-", "-", "-", check.reason
    turns = (check.ours_ms, check.alone_ms, check.theirs_ms)
    return check.tool, *(", ".join(map(milliseconds, values)) for values in turns), f"{check.ratio:.2f}"


def _predictions(report: BenchReport) -> Iterator[tuple[str, ...]]:
    for artifact in report.artifacts:
        if artifact.threads != 1 or artifact.roofline is None:
            continue
        layers = work_of(builtin_folder() / artifact.path, artifact.precision)
        times = (
            predicted_ms(layers, peak, precision=artifact.precision, share_here=artifact.roofline.share)
            for peak in DEVICES.values()
        )
        yield artifact.path, artifact.engine, *("-" if time is None else milliseconds(time) for time in times)
