"""ONNX in int8: static QDQ, weights in S8, activations in U8, camera bytes as the quantised input.

The quantiser sees the normalised float graph, whose input it quantises with exactly the spec's pair:
`normalised = (byte - zero_point) * scale` is the affine quantiser's own equation, so the quantised input *is* the byte.
Its QuantizeLinear is then taken out and the frame put in its place. The first convolution pads with the zero point,
which is 0 to the network: borders stay exact.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.deployment.statistics import Activations, Statistics
from unetkit.deployment.weights import WeightScales, corrected_bias, rounded, unsaturated_scales
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME
from unetkit.export.onnx_packing import pack
from unetkit.export.onnx_upconvolution import rewrite_upconvolutions
from unetkit.export.quantisation.byte_input import feed_bytes, input_path
from unetkit.export.quantisation.float_layers import keep_float
from unetkit.export.quantisation.learned import LearnedTensors, ranges_by
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.toolchain import quiet

_LAYERS = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul", "Sigmoid", "AveragePool", "GlobalAveragePool"}
_CLOSING = {"Softmax", "Sigmoid"}
_LAYOUT = {"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "DepthToSpace"}


class OnnxQuantiser:
    """One float network, quantised by any recipe; what the frames say about it is gathered once.

    Args:
        normalised: `onnx.ModelProto` from normalised float32 pixels to scores; left as it is.
        calibration: frames that the ranges are learned from.
        spec: the model's input.
        learned: what a quantisation-aware training learnt, for recipes that want it.
        scales: of convolution kernels, from the kernel and its groups.
    """

    def __init__(
        self,
        normalised: Any,
        calibration: CalibrationSet,
        spec: InputSpec,
        *,
        learned: LearnedTensors | None = None,
        scales: WeightScales = unsaturated_scales,
    ) -> None:
        self._prepared = _prepared(normalised)
        self._calibration = calibration
        self._spec = spec
        self._learned = learned
        self._scales = scales
        self._statistics = Statistics(self._observe, channel_axis=1)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of what computes, in the order it does, but for what stays float anyhow."""
        closing = self._closing
        return tuple(
            node.name for node in self._prepared.graph.node if node.op_type in _LAYERS and node.name not in closing
        )

    def content(self, recipe: Recipe) -> bytes:
        """The model file: uint8 frame in, float32 scores out.

        A closing softmax or sigmoid stays float: in 1/256 steps, sure pixels would tie.

        Raises:
            VerificationError: the quantiser gave the input another scale or zero point than the spec's.
        """
        import onnx
        from onnxruntime.quantization import QDQQuantizer, QuantType

        source = onnx.ModelProto()
        source.CopyFrom(self._prepared)
        weights = _Weights(source, self._scales, per_channel=recipe.per_channel)
        if recipe.bias_correction:
            means = {name: item.channel_means for name, item in self._statistics.extremes.items()}
            weights.correct_biases(means)
        ranges = self._tensor_ranges(recipe)
        with quiet():
            quantiser = QDQQuantizer(
                source,
                per_channel=recipe.per_channel,
                reduce_range=True,  # of what `weights` gives no scales for
                weight_qType=QuantType.QInt8,
                activation_qType=QuantType.QUInt8,
                tensors_range=ranges,
                nodes_to_quantize=[],
                nodes_to_exclude=sorted(self._kept_float(recipe.float_layers)),
                op_types_to_quantize=_integer_operators(),
                extra_options={"TensorQuantOverrides": {**self._input_overrides(), **weights.overrides()}},
            )
            quantiser.quantize_model()
            quantiser.model.topological_sort()
            model = quantiser.model.model
            feed_bytes(model, self._spec)
            keep_float(model, set(recipe.float_layers))
            pack(model)
            onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

    def _observe(self) -> Iterator[Activations]:
        """Every float tensor of the network for each calibration frame, on ONNX Runtime without rewriting."""
        import onnxruntime
        from onnx import ModelProto, ValueInfoProto

        model = ModelProto()
        model.CopyFrom(self._prepared)
        del model.graph.output[:]
        for node in model.graph.node:
            model.graph.output.extend(ValueInfoProto(name=name) for name in node.output)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        with quiet():
            session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        names = [item.name for item in session.get_outputs() if item.type == "tensor(float)"]
        for frame in self._calibration.normalised(self._spec):
            values = session.run(names, {INPUT_NAME: frame})
            yield {INPUT_NAME: frame, **dict(zip(names, values, strict=True))}

    def _tensor_ranges(self, recipe: Recipe) -> Any:
        from onnxruntime.quantization import CalibrationMethod, TensorData, TensorsData

        ranges = ranges_by(recipe.ranges, self._statistics, self._learned)
        return TensorsData(
            CalibrationMethod.MinMax,
            {
                name: TensorData(lowest=np.float32(low), highest=np.float32(high))
                for name, (low, high) in ranges.items()
            },
        )

    def _input_overrides(self) -> dict[str, list[dict[str, Any]]]:
        from onnxruntime.quantization import QuantType

        pair = {
            "scale": np.array(np.float32(self._spec.scale)),
            "zero_point": np.array(np.uint8(self._spec.zero_point)),
        }
        return {name: [{"quant_type": QuantType.QUInt8, **pair}] for name in input_path(self._prepared)}

    def _kept_float(self, float_layers: tuple[str, ...]) -> set[str]:
        """The chosen layers, and what only moves or merges their outputs: in int8 it would round them after all."""
        kept = {*float_layers, *self._closing}
        producers: dict[str, str] = {}
        for node in self._prepared.graph.node:
            sources = [producers[name] for name in node.input if name in producers]
            if node.name not in self.layers and sources and all(source in kept for source in sources):
                kept.add(node.name)
            producers.update(dict.fromkeys(node.output, node.name))
        return kept

    @cached_property
    def _closing(self) -> set[str]:
        """Softmax or sigmoid that nothing but layout changes follow."""
        wanted, closing = {OUTPUT_NAME}, set()
        for node in reversed(self._prepared.graph.node):
            if not wanted & set(node.output):
                continue
            if node.op_type in _CLOSING:
                closing.add(node.name)
            elif node.op_type in _LAYOUT:
                wanted.add(node.input[0])
        return closing


class _Weights:
    """The kernels of a model's convolutions, and the scales they are quantised with."""

    def __init__(self, model: Any, scales_of: WeightScales, *, per_channel: bool) -> None:
        from onnx import numpy_helper

        self._model = model
        self._constants = {item.name: item for item in model.graph.initializer}
        self._nodes = [node for node in model.graph.node if node.op_type == "Conv" and node.input[1] in self._constants]
        self._per_channel = per_channel
        self._kernels: dict[str, NDArray[np.float32]] = {}
        self._scales: dict[str, NDArray[np.float32]] = {}
        for node in self._nodes:
            kernel = numpy_helper.to_array(self._constants[node.input[1]])
            scales = scales_of(kernel, _groups(node))
            self._kernels[node.input[1]] = kernel
            self._scales[node.input[1]] = scales if per_channel else np.full_like(scales, scales.max())

    def overrides(self) -> dict[str, list[dict[str, Any]]]:
        """For ONNX Runtime's `TensorQuantOverrides`."""
        from onnxruntime.quantization import QuantType

        axis = {"axis": 0} if self._per_channel else {}
        return {
            name: [
                {"quant_type": QuantType.QInt8, "scale": np.array(scale), "zero_point": np.array(np.int8(0)), **axis}
                for scale in (scales if self._per_channel else scales[:1])
            ]
            for name, scales in self._scales.items()
        }

    def correct_biases(self, input_means: dict[str, NDArray[np.float64]]) -> None:
        """Give the layers other biases; a layer without one is left alone."""
        from onnx import numpy_helper

        for node in self._nodes:
            if len(node.input) < 3 or node.input[0] not in input_means:
                continue
            name, bias = node.input[1], numpy_helper.to_array(self._constants[node.input[2]])
            kernel = self._kernels[name]
            given = rounded(kernel, self._scales[name])
            shifted = corrected_bias(bias, kernel, given, input_means[node.input[0]], groups=_groups(node))
            own = f"{node.name}_bias"  # the constant may be another layer's, too
            self._model.graph.initializer.append(numpy_helper.from_array(shifted, own))
            node.input[2] = own


def _groups(node: Any) -> int:
    groups: int = {item.name: item.i for item in node.attribute}.get("group", 1)
    return groups


def _prepared(normalised: Any) -> Any:
    """A copy in ONNX Runtime's own simplified form, its shapes inferred, without transposed convolutions."""
    import onnx
    from onnxruntime.quantization import quant_pre_process

    model = onnx.ModelProto()
    model.CopyFrom(normalised)
    rewrite_upconvolutions(model)
    with TemporaryDirectory() as folder, quiet():
        source, target = Path(folder, "source.onnx"), Path(folder, "target.onnx")
        onnx.save(model, source)
        quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
        return onnx.load(target)


def _integer_operators() -> list[str]:
    """What ONNX Runtime computes, or moves about, in bytes; between others a quantised pair would only round."""
    from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry

    return sorted({*QDQRegistry, *QLinearOpsRegistry, "DepthToSpace"})
