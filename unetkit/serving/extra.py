"""Whether the packages of the extra `serve` are there, told before anything is opened."""

from importlib.util import find_spec

from unetkit.errors import MissingDependencyError

_PACKAGES = {"starlette": "starlette", "uvicorn": "uvicorn", "python_multipart": "python-multipart"}


def require_serving() -> None:
    """Raises MissingDependencyError with the line that installs what is missing."""
    missing = [package for module, package in _PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise MissingDependencyError(
            f'serving over HTTP needs {", ".join(missing)}, not installed here: pip install "unetkit[serve]"'
        )
