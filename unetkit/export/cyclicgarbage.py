"""Memory of converters that copy whole graphs and leave the copies in reference cycles."""

import contextlib
import gc
from collections.abc import Iterator

_OBJECTS = 1000  # new containers between two collections; Python's own choice waits for a quarter of all that live


@contextlib.contextmanager
def collected_soon() -> Iterator[None]:
    """Find cyclic garbage while there is little of it, and leave none behind.

    tf2onnx copies the graph with its weights for each of its passes. Of the 34.5 M network the copies that waited for
    Python's collector took 8.1 GB, and 4.8 GB so. What lives already is not looked through meanwhile.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.collect()  # and Python forgets how much lived
    gc.set_threshold(_OBJECTS, 1, 1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        gc.collect()
