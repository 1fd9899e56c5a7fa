"""How much disk a package takes, with all that it requires."""

import re
from importlib import metadata


def installed_bytes(package: str) -> int | None:
    """Sizes of the files of a distribution and of what it requires, as far as that is installed; None if it is not.

    Requirements of extras are left out, and so are those of other systems, which are not installed.
    """
    if _distribution(package) is None:
        return None
    waiting, seen, total = [package], set[str](), 0
    while waiting:
        name = _normal(waiting.pop())
        found = _distribution(name)
        if name in seen or found is None:
            continue
        seen.add(name)
        total += sum(file.size or 0 for file in found.files or ())
        waiting += [
            re.split(r"[\s\[\](<>=!~;,]", requirement, maxsplit=1)[0]
            for requirement in found.requires or ()
            if "extra ==" not in requirement
        ]
    return total


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
