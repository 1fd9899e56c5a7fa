"""Checkpoint -> ONNX and TFLite artifacts, verified through the runtime and published together or not at all."""
