"""The command line, called in this process."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what stands on both streams, C++ libraries included."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


Unetkit = Callable[..., Outcome]


@pytest.fixture
def unetkit(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unetkit]:
    """Run a command in an empty working folder; a model's own engine runs it, and none is timed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("unetkit.runtime.enginechoice.choice.engine_candidates", lambda *_, **__: ())
    logger = logging.getLogger("unetkit")
    level = logger.level

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(item) for item in arguments])
        code = ended.value.code or 0
        assert isinstance(code, int)
        return Outcome(code, *capfd.readouterr())

    yield run
    logger.setLevel(level)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the classes ground, cat and dog."""
    return write_onnx(tmp_path_factory.mktemp("model") / "tiny.onnx")
