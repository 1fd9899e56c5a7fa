"""`--serve`: the browser preview of a run."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetkit.contract.spec import ModelSpec
    from unetkit.runtime.running.controls import Controls
    from unetkit.runtime.running.preview import Preview


def opened_preview(serve: str, token: str | None) -> "Callable[[ModelSpec, Controls], Preview]":
    """What opens the preview of a run; the address is taken now.

    Raises:
        MissingDependencyError: the extra is not installed.
        UsageError: it cannot listen there, or the token is no good.
    """
    from unetkit.serving.extra import require_serving
    from unetkit.terminal.serving import say_serving

    require_serving()
    from unetkit.serving.address import Address, bound
    from unetkit.serving.preview.preview import Preview as BrowserPreview
    from unetkit.serving.token import token_for

    address = Address.parsed(serve)
    asked = token_for(address, token)
    listener = bound(address)

    def open_preview(spec: "ModelSpec", controls: "Controls") -> "Preview":
        return BrowserPreview(
            spec,
            controls,
            listener=listener,
            token=asked,
            say=lambda url: say_serving(url, asked, generated=token is None),
        )

    return open_preview
