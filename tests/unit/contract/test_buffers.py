import numpy as np

from unetkit.contract.buffers import Buffers


def test_a_buffer_is_used_again_only_when_nobody_looks_at_it_any_more() -> None:
    buffers = Buffers()
    first = buffers.empty((4, 6, 3))
    corner = first[:2, :2]
    address = first.ctypes.data
    second = buffers.empty((4, 6, 3))
    assert second.ctypes.data != address
    del first
    third = buffers.empty((4, 6, 3))
    assert third.ctypes.data != address  # the corner is still looked at
    del corner
    assert buffers.empty((4, 6, 3)).ctypes.data == address


def test_a_buffer_has_the_shape_and_the_type_that_were_asked_for() -> None:
    buffers = Buffers()
    for shape, dtype in (((4, 6), np.uint8), ((4, 6), np.float32), ((6, 4), np.uint8), ((24,), np.uint8)):
        for _ in range(2):
            given = buffers.empty(shape, dtype)
            assert given.shape == shape
            assert given.dtype == dtype


def test_regions_of_any_size_lie_in_the_same_memory() -> None:
    buffers = Buffers()
    addresses = set()
    for hw in ((4, 6), (2, 3), (1, 1), (3, 6)):
        plane = buffers.plane(hw, np.float32, of_hw=(4, 6))
        assert plane.shape == hw
        assert plane.flags.c_contiguous
        addresses.add(plane.ctypes.data)
        del plane
    assert len(addresses) == 1


def test_pictures_of_many_sizes_do_not_fill_the_memory() -> None:
    buffers = Buffers()
    for side in range(2000, 2100):
        buffers.empty((side, side, 3))
    kept = sum(array.nbytes for array in buffers._arrays)
    assert 100 << 20 < kept <= 128 << 20
    huge = buffers.empty((1 << 28,))  # larger than what is kept: given all the same
    assert huge.nbytes == 1 << 28
    assert not buffers._arrays
