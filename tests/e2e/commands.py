"""The real commands, as a user's shell would start them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Nothing of the machine's own may help: no data set, no screen, no cache, no network.
_HIDDEN = ("UNETKIT_DATA", "DISPLAY", "WAYLAND_DISPLAY")
_OFFLINE = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A working folder and the variables a command sees there."""

    folder: Path
    variables: Mapping[str, str]

    @classmethod
    def in_folder(cls, folder: Path, **variables: str) -> "Shell":
        kept = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
        offline = {"https_proxy": _OFFLINE, "http_proxy": _OFFLINE, "no_proxy": "127.0.0.1"}
        cache = {"XDG_CACHE_HOME": str(folder.with_name(f"{folder.name}-cache"))}
        return cls(folder=folder, variables={**kept, **offline, **cache, **variables})

    def run(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        """`unetkit` with these arguments; it has to end with `code`, and never with a traceback."""
        ended = subprocess.run(
            command(*arguments), cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )
        assert ended.returncode == code, f"{arguments} ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert "Traceback" not in ended.stderr
        return ended

    def refused(self, *arguments: object, code: int) -> str:
        """The one line of an error, printed last, with nothing on standard output."""
        ended = self.run(*arguments, code=code)
        lines = ended.stderr.splitlines()
        assert ended.stdout == ""
        assert [line for line in lines if line.startswith("unetkit: ")] == lines[-1:], ended.stderr
        return lines[-1]

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "unetkit", *map(str, arguments)]
