"""The device side: backends, Segmenter, sources, overlay, sinks, pipeline, latency. Never TensorFlow at import."""
