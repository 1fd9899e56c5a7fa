"""Memory that no allocator had left over from earlier tests."""

import mmap


def fresh_memory(size_bytes: int) -> mmap.mmap:
    """Private pages from the system, each of them touched: memory that was only asked for is not resident."""
    private = {} if not hasattr(mmap, "MAP_PRIVATE") else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
    held = mmap.mmap(-1, size_bytes, **private)
    for page in range(0, size_bytes, mmap.PAGESIZE):
        held[page] = 1
    return held
