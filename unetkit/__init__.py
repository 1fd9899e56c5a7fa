"""unetkit: from pictures with masks to a device, without a seam."""

from unetkit.version import VERSION

__version__ = VERSION

__all__ = ["__version__"]
