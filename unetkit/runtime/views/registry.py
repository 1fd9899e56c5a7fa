"""The views by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.views.overlay import Overlay
from unetkit.runtime.views.view import View

VIEWS: Mapping[str, Callable[[ModelSpec], View]] = MappingProxyType({"overlay": Overlay})


def require_view(name: str) -> str:
    """The name.

    Raises:
        UsageError: there is no such view.
    """
    if name not in VIEWS:
        raise UsageError(f"there is no view {name!r}; choose one of {', '.join(VIEWS)}")
    return name
