"""The parent's end of a peer's process."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError

_OPENING_S, _ANSWER_S = 180, 600
_THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class PeerProcess:
    """A started and opened peer.

    Attributes:
        load_ms: opening it, its packages' import included.

    Raises:
        PeerUnavailableError: with its reason.
    """

    def __init__(self, name: str, request: PeerRequest, frames: str | None) -> None:
        asked = {key: str(value) if key in _PATHS and value else value for key, value in asdict(request).items()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "unetkit.benchmarks.peers.worker", name, json.dumps(asked), frames or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **dict.fromkeys(_THREAD_VARIABLES, str(request.threads))},
        )
        self._said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.load_ms = float(self._answer(_OPENING_S)["load_ms"])
        except BaseException:
            self.close()
            raise

    def ask(self, do: str, **asked: object) -> dict[str, Any]:
        """Have it do something, and wait for the answer.

        Raises:
            PeerUnavailableError: it could not, or its process ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **asked}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise PeerUnavailableError(self._last_words()) from error
        return self._answer(_ANSWER_S)

    def close(self) -> None:
        """End the process; one that does not listen is killed."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended already, with a line to it not sent
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            raise PeerUnavailableError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        if "reason" in answer:
            raise PeerUnavailableError(answer["reason"])
        return answer

    def _listen(self) -> None:
        """A pipe that nobody empties would stop the process."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said = [*self._said[-20:], line.strip()]

    def _last_words(self) -> str:
        self._process.wait(10)
        self._listener.join(2)
        said = next((line for line in reversed(self._said) if line), "without a word")
        return f"its process ended ({self._process.returncode}): {said[:300]}"


_PATHS: Mapping[str, None] = dict.fromkeys(("onnx", "tflite", "checkpoint"))
