"""The network for a device: candidates, timed there, and the most capable one that keeps a budget."""
