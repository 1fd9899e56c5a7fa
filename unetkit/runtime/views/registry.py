"""The views by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.views.alpha import AlphaSource
from unetkit.runtime.views.backdrop import Backdrop
from unetkit.runtime.views.blur import BackgroundBlur
from unetkit.runtime.views.cutout import CutOut
from unetkit.runtime.views.overlay import Overlay
from unetkit.runtime.views.plain import FrameAlone, MaskAlone, SideBySide
from unetkit.runtime.views.replace import BackgroundReplacement
from unetkit.runtime.views.view import View


@dataclass(frozen=True, kw_only=True, eq=False)
class Materials:
    """What views are made of.

    Attributes:
        spec: the model's.
        alpha: where soft edges come from.
        backdrop: what a replaced background is replaced by.
    """

    spec: ModelSpec
    alpha: AlphaSource
    backdrop: Backdrop


VIEWS: Mapping[str, Callable[[Materials], View]] = MappingProxyType(
    {
        "overlay": lambda given: Overlay(given.spec),
        "cutout": lambda given: CutOut(given.alpha),
        "blur": lambda given: BackgroundBlur(given.alpha),
        "replace": lambda given: BackgroundReplacement(given.alpha, given.backdrop),
        "side-by-side": lambda given: SideBySide(given.spec),
        "mask": lambda given: MaskAlone(given.spec),
        "frame": lambda given: FrameAlone(),  # noqa: ARG005 (it needs nothing)
    }
)


def require_view(name: str) -> str:
    """The name.

    Raises:
        UsageError: there is no such view.
    """
    if name not in VIEWS:
        raise UsageError(f"there is no view {name!r}; choose one of {', '.join(VIEWS)}")
    return name
