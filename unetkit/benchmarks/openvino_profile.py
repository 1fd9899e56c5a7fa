"""OpenVINO's own profiler: which operators run once it has fused them, on which shapes, for how long."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.benchmarks.nodetime import NodeTime, Shape
from unetkit.runtime.backends.openvino_backend import cpu_hints
from unetkit.runtime.backends.openvino_import import import_openvino

_WARMUP = 3


def profiled_operators(path: Path, *, threads: int, runs: int) -> tuple[NodeTime, ...]:
    """Run a model on the processor with OpenVINO's counters on.

    Args:
        path: a file that OpenVINO opens.
        threads: of inference.
        runs: that are averaged; those before, which warm up, are not.

    Returns:
        The operators that ran, in their order; shapes are (N, C, H, W) whatever the layout in memory.
    """
    openvino = import_openvino()

    compiled = openvino.Core().compile_model(str(path), "CPU", {**cpu_hints(threads), "PERF_COUNT": True})
    request = compiled.create_infer_request()
    given = [np.zeros(tuple(port.shape), port.element_type.to_dtype()) for port in compiled.inputs]
    for _ in range(_WARMUP):
        request.infer(given)
    total_us: dict[str, float] = defaultdict(float)
    for _ in range(runs):
        request.infer(given)
        for item in request.profiling_info:
            total_us[item.node_name] += item.real_time.total_seconds() * 1e6
    return tuple(
        NodeTime(
            name=operator.get_friendly_name(),
            operator=_described(operator, "layerType"),
            input_shapes=tuple(_shape(port) for port in operator.inputs()),
            output_shapes=tuple(_shape(port) for port in operator.outputs()),
            mean_us=total_us[operator.get_friendly_name()] / runs,
        )
        for operator in sorted(compiled.get_runtime_model().get_ops(), key=_turn)
        if total_us[operator.get_friendly_name()]
    )


def _turn(operator: Any) -> int:
    return int(_described(operator, "execOrder"))


def _described(operator: Any, key: str) -> str:
    return str(operator.get_rt_info()[key].value)


def _shape(port: Any) -> Shape:
    shape = port.get_partial_shape()
    return tuple(side.get_length() for side in shape) if shape.is_static else ()
