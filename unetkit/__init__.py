"""unetkit: from pictures with masks to a device, without a seam.

The public names load what they need when they are first used (PEP 562), so that importing the package is instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from unetkit.version import VERSION

if TYPE_CHECKING:
    from unetkit.contract.postprocess import Mask as Mask
    from unetkit.contract.spec import ModelSpec as ModelSpec
    from unetkit.errors import UnetkitError as UnetkitError
    from unetkit.runtime.running.resultstream import StreamResult as StreamResult
    from unetkit.runtime.running.resultstream import stream as stream
    from unetkit.runtime.segmenter import Segmenter as Segmenter
    from unetkit.runtime.views.look import Look as Look
    from unetkit.trainer.interface import train as train

__version__ = VERSION
__all__ = ["Look", "Mask", "ModelSpec", "Segmenter", "StreamResult", "UnetkitError", "__version__", "stream", "train"]

_HOMES = {
    "Look": "unetkit.runtime.views.look",
    "Mask": "unetkit.contract.postprocess",
    "ModelSpec": "unetkit.contract.spec",
    "Segmenter": "unetkit.runtime.segmenter",
    "StreamResult": "unetkit.runtime.running.resultstream",
    "UnetkitError": "unetkit.errors",
    "stream": "unetkit.runtime.running.resultstream",
    "train": "unetkit.trainer.interface",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'unetkit' has no attribute {name!r}")
