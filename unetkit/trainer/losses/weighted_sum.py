"""From the text of a loss to the function that a training step calls."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.trainer.losses.boundary import Boundary
from unetkit.trainer.losses.cross_entropy import CrossEntropy
from unetkit.trainer.losses.dice import Dice
from unetkit.trainer.losses.focal import Focal
from unetkit.trainer.losses.grammar import Term, parse
from unetkit.trainer.losses.lovasz import Lovasz
from unetkit.trainer.losses.pixels import Pixels
from unetkit.trainer.losses.tversky import Tversky

Loss = Callable[[Any, Any], Any]  # (labels (N, H, W) integers, scores (N, H, W, C) float32) -> scalar

LOSSES: dict[str, Callable[..., Callable[[Pixels], Any]]] = {
    "cross_entropy": CrossEntropy,
    "dice": Dice,
    "focal": Focal,
    "tversky": Tversky,
    "lovasz": Lovasz,
    "boundary": Boundary,
}


def make_loss(text: str, spec: ModelSpec) -> Loss:
    """The weighted sum that `text` names.

    Args:
        text: `[weight*]name[(key=value,...)]` joined by +, such as `cross_entropy(weights=1:1:2)+0.5*dice`; the names
            are the keys of `LOSSES`, the keys the attributes of their classes. Empty: `cross_entropy`.
        spec: says whether scores are logits or probabilities, softmax or sigmoid, and how many classes there are.

    Returns:
        A function of labels, integers (N, H, W) where 255 is ignored, and scores, float32 (N, H, W, spec.channels),
        that gives the loss, a float32 scalar.

    Raises:
        UsageError: an unknown name or option (the nearest is offered), a value out of range, a wrong number of class
            weights, or a weight that is no positive number.
    """
    terms = [(term.weight, _build(term, spec)) for term in parse(text.strip() or "cross_entropy")]

    def total(labels: Any, scores: Any) -> Any:
        pixels = Pixels.of(labels, scores, spec)
        return sum(weight * loss(pixels) for weight, loss in terms)

    return total


def _build(term: Term, spec: ModelSpec) -> Callable[[Pixels], Any]:
    if term.name not in LOSSES:
        raise UsageError(f"no loss {term.name!r} for a {spec.head} head; {_offer(term.name, LOSSES)}")
    loss = LOSSES[term.name]
    kinds = {item.name: item.metadata["kind"] for item in fields(loss)}  # type: ignore[arg-type]
    values = {}
    for key, text in term.options.items():
        if key not in kinds:
            raise UsageError(f"loss {term.name} has no option {key!r}; {_offer(key, kinds)}")
        try:
            values[key] = kinds[key].read(text, spec.class_names)
        except ValueError as error:
            raise UsageError(f"{key} is {text!r} in loss {term.text!r}, expected {error}") from error
    return loss(**values)


def _offer(name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(known) or 'none'}"
