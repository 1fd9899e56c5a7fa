"""Benchmarks people run on their own device."""
