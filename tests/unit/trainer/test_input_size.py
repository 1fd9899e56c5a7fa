"""Sizes a network takes, known before TensorFlow is loaded."""

import pytest

from unetkit.errors import UsageError
from unetkit.trainer.networks import NETWORKS


@pytest.mark.parametrize("network", ["edge", "edge-nano", "lite0"])
@pytest.mark.parametrize(
    ("size", "offer"),
    [
        (100, "use 96 or 128"),
        (127, "use 96 or 128"),
        (33, "use 32 or 64"),
        (31, "use 32"),
        (1, "use 32"),
        (0, "use 32"),
    ],
)
def test_a_size_that_does_not_divide_offers_the_next_ones_that_do(network: str, size: int, offer: str) -> None:
    with pytest.raises(UsageError) as caught:
        NETWORKS[network].input_spec(size)
    assert str(caught.value) == f"size {size} does not divide by 32, as {network} needs; {offer}"


@pytest.mark.parametrize(
    ("depth", "size", "offer"), [(3, 100, "use 96 or 104"), (4, 100, "use 96 or 112"), (2, 3, "use 4")]
)
def test_a_shallower_network_takes_more_sizes(depth: int, size: int, offer: str) -> None:
    with pytest.raises(UsageError, match=offer):
        NETWORKS["edge"].input_spec(size, depth=depth)


@pytest.mark.parametrize("depth", [1, 6, -1])
def test_a_depth_that_a_network_does_not_have_is_refused(depth: int) -> None:
    with pytest.raises(UsageError, match=rf"edge has no depth {depth}; there are 2, 3, 4, 5"):
        NETWORKS["edge"].input_spec(128, depth=depth)


def test_a_size_that_is_halved_first_has_to_divide_by_twice_as_much() -> None:
    edge = NETWORKS["edge"]
    assert edge.input_spec(64, halved=True) == edge.input_spec(64)
    with pytest.raises(UsageError) as caught:
        edge.input_spec(96, halved=True)
    told = "size 96 does not divide by 64, as edge needs when it trains at half the size first; use 64 or 128"
    assert str(caught.value) == told


def test_each_network_has_the_input_it_was_made_for() -> None:
    edge, classic = (NETWORKS[name].input_spec(128) for name in ("edge", "classic"))
    assert (edge.hw, edge.color_order, edge.scale, edge.zero_point) == ((128, 128), "bgr", 1 / 128, 127)
    assert (classic.hw, classic.color_order, classic.scale, classic.zero_point) == ((128, 128), "rgb", 1 / 255, 0)
    assert (NETWORKS["edge"].scores, NETWORKS["classic"].scores) == ("logits", "probabilities")
