"""Export: TensorFlow, onnx, tf2onnx and the quantisers live here."""
