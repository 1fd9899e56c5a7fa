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
    from unetkit.runtime.segmenter import Segmenter as Segmenter
    from unetkit.trainer.interface import train as train

__version__ = VERSION
__all__ = ["Mask", "ModelSpec", "Segmenter", "UnetkitError", "__version__", "train"]

_HOMES = {
    "Mask": "unetkit.contract.postprocess",
    "ModelSpec": "unetkit.contract.spec",
    "Segmenter": "unetkit.runtime.segmenter",
    "UnetkitError": "unetkit.errors",
    "train": "unetkit.trainer.interface",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'unetkit' has no attribute {name!r}")
