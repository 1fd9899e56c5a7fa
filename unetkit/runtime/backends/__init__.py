"""Engines behind one protocol: each in a file of its own, and the one place that chooses among them."""
