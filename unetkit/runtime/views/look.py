"""How a view is to look: what a user can choose."""

from dataclasses import dataclass, replace
from functools import cached_property

from unetkit.errors import UsageError

MAX_OUTLINE_PX = 32


@dataclass(frozen=True, kw_only=True)
class Look:
    """A user's choice; every view takes from it what concerns it.

    Attributes:
        view: name of the view, see `registry.VIEWS`.
        classes: names of the classes that are shown, or in front; empty: all but the background.
        opacity: of the classes' colours, 0..1.
        outline_px: width of a line round each class, in its colour; 0: none.
        legend: name the classes in the lower left corner.

    Raises:
        UsageError: the opacity or the outline is out of range.
    """

    view: str = "overlay"
    classes: tuple[str, ...] = ()
    opacity: float = 0.5
    outline_px: int = 0
    legend: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise UsageError(f"opacity is {self.opacity}, expected 0..1")
        if not 0 <= self.outline_px <= MAX_OUTLINE_PX:
            raise UsageError(f"the outline is {self.outline_px} pixels wide, expected 0..{MAX_OUTLINE_PX}")

    @cached_property
    def opaque(self) -> "Look":
        """The same with the classes' colours alone."""
        return replace(self, opacity=1.0)


AS_IT_COMES = Look()
