"""Which engine, with how many threads: chosen by timing them on the model at hand, once a model and machine."""
