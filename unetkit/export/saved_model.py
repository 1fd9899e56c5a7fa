"""TensorFlow SavedModel: the frozen graph under one signature, for TensorFlow Serving and other converters.

Its weights are constants, so it holds no variables, no functions and no object graph: Keras' own export names its
functions by a counter and signs each file with a random number, and never gives the same bytes twice.
"""

from pathlib import Path

from unetkit.contract.saved_model import GRAPH_FILE
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME, Graph


def write_saved_model(frame_graph: Graph, folder: Path) -> None:
    """Write the folder: uint8 frame in, float32 scores out, signature `serving_default`."""
    import tensorflow as tf
    from tensorflow.core.protobuf import saved_model_pb2

    frozen = frame_graph.frozen
    model = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    meta = model.meta_graphs.add()
    meta.meta_info_def.tags.append(tf.saved_model.SERVING)
    meta.meta_info_def.tensorflow_version = tf.__version__
    meta.graph_def.CopyFrom(frozen.graph.as_graph_def())
    signature = meta.signature_def[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
    signature.method_name = tf.saved_model.PREDICT_METHOD_NAME
    (taken,), (given,) = frozen.inputs, frozen.outputs
    for end, tensor in ((signature.inputs[INPUT_NAME], taken), (signature.outputs[OUTPUT_NAME], given)):
        end.name, end.dtype = tensor.name, tensor.dtype.as_datatype_enum
        end.tensor_shape.CopyFrom(tensor.shape.as_proto())
    folder.mkdir()
    (folder / GRAPH_FILE).write_bytes(model.SerializeToString(deterministic=True))
