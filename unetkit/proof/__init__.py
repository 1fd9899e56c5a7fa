"""Golden frames, parity of every artifact in every engine, latency beside each other, and a verdict; no TensorFlow."""
