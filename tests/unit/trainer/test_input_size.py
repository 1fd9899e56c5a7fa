"""Sizes a network takes, known before TensorFlow is loaded."""

import pytest

from unetkit.errors import UsageError
from unetkit.trainer.networks import NETWORKS


@pytest.mark.parametrize("network", sorted(NETWORKS))
@pytest.mark.parametrize(
    ("size", "offer"),
    [
        (100, "use 96 or 112"),
        (127, "use 112 or 128"),
        (17, "use 16 or 32"),
        (15, "use 16"),
        (1, "use 16"),
        (0, "use 16"),
    ],
)
def test_a_size_that_does_not_divide_offers_the_next_ones_that_do(network: str, size: int, offer: str) -> None:
    with pytest.raises(UsageError) as caught:
        NETWORKS[network].input_spec(size)
    assert str(caught.value) == f"size {size} does not divide by 16, as {network} needs; {offer}"


def test_a_size_that_is_halved_first_has_to_divide_by_twice_as_much() -> None:
    edge = NETWORKS["edge"]
    assert edge.input_spec(96, halved=True) == edge.input_spec(96)
    with pytest.raises(UsageError) as caught:
        edge.input_spec(112, halved=True)
    told = "size 112 does not divide by 32, as edge needs when it trains at half the size first; use 96 or 128"
    assert str(caught.value) == told


def test_each_network_has_the_input_it_was_made_for() -> None:
    edge, classic = (NETWORKS[name].input_spec(128) for name in ("edge", "classic"))
    assert (edge.hw, edge.color_order, edge.scale, edge.zero_point) == ((128, 128), "bgr", 1 / 128, 127)
    assert (classic.hw, classic.color_order, classic.scale, classic.zero_point) == ((128, 128), "rgb", 1 / 255, 0)
    assert (NETWORKS["edge"].scores, NETWORKS["classic"].scores) == ("logits", "probabilities")
