"""ONNX Runtime's own profiler: which operators run, on which shapes, for how long."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.benchmarks.nodetime import NodeTime, Shape

_WARMUP = 3
_ENDING = "_kernel_time"
_DTYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(float16)": np.float16}


def profiled_nodes(path: Path, *, threads: int, optimised: bool, runs: int) -> tuple[NodeTime, ...]:
    """Run a model on the processor under the profiler.

    Args:
        path: an ONNX file that opens.
        threads: of inference.
        optimised: as it is run for users; else as it is stored, node by node.
        runs: that are averaged; those before, which warm up, are not.

    Returns:
        The operators in the order they run.
    """
    warmup = _WARMUP if optimised else 0
    events = _events(path, threads=threads, optimised=optimised, enough=lambda done, _: done >= warmup + runs)
    kernels = [item for item in events if item.get("cat") == "Node" and item["name"].endswith(_ENDING)]
    return _averaged(kernels, runs)


def run_times_ms(path: Path, *, seconds: float) -> list[float]:
    """What ONNX Runtime says that each run took, on one thread, those that warm it up left out."""
    events = _events(
        path, threads=1, optimised=True, enough=lambda done, passed_s: done > _WARMUP and passed_s > seconds
    )
    return [item["dur"] / 1e3 for item in events if item["name"] == "model_run"][_WARMUP:]


def _events(path: Path, *, threads: int, optimised: bool, enough: Callable[[int, float], bool]) -> list[dict[str, Any]]:
    """Profile runs until `enough(runs, seconds)`."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    with tempfile.TemporaryDirectory(prefix="unetkit-profile-") as folder:
        options = onnxruntime.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "run")
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not optimised:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        given = {item.name: np.zeros(item.shape, _DTYPES[item.type]) for item in session.get_inputs()}
        done, start = 0, time.perf_counter()
        while not enough(done, time.perf_counter() - start):
            session.run(None, given)
            done += 1
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        return events


def _averaged(kernels: list[dict[str, Any]], runs: int) -> tuple[NodeTime, ...]:
    """The last `runs` times of each node; a node is known by its index, for names repeat."""
    nodes: dict[str, list[dict[str, Any]]] = {}
    for event in kernels:
        nodes.setdefault(f"{event['args'].get('node_index')} {event['name']}", []).append(event)
    return tuple(
        NodeTime(
            name=events[0]["name"].removesuffix(_ENDING),
            operator=events[0]["args"]["op_name"],
            input_shapes=_shapes(events[0]["args"].get("input_type_shape", [])),
            output_shapes=_shapes(events[0]["args"].get("output_type_shape", [])),
            mean_us=sum(event["dur"] for event in events[-runs:]) / len(events[-runs:]),
        )
        for events in nodes.values()
    )


def _shapes(tables: list[Mapping[str, list[int]]]) -> tuple[Shape, ...]:
    return tuple(tuple(shape) for table in tables for shape in table.values())
