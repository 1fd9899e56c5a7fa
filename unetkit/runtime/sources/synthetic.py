"""Generated scenes as a source: a clip of so many frames, or an endless camera at its own pace."""

import time

from unetkit.contract.arrays import BgrFrame
from unetkit.data.scene import scene
from unetkit.errors import SourceError
from unetkit.runtime.sources.feed import ThreadFeed
from unetkit.runtime.sources.frame import Frame, FrameSource, Recorded
from unetkit.runtime.sources.live import LiveSource

_SEED = 0


def open_synthetic(
    *, frames: int | None = None, hw: tuple[int, int] = (480, 640), fps: float = 30.0, seed: int = _SEED
) -> FrameSource:
    """Moving shapes, the same for the same seed.

    Args:
        frames: that many, none of them lost; None: a live source without end.
        hw: size of the frames.
        fps: the pace of the live source, and the time between two frames of the scene.
        seed: which scene.

    Raises:
        SourceError: `frames` is 0.
    """
    if frames is None:
        return LiveSource("synthetic camera", lambda: ThreadFeed(lambda: _SceneCamera(hw, fps, seed)))
    return SyntheticClip(frames, hw=hw, fps=fps, seed=seed)


class SyntheticClip(Recorded):
    """A generated clip of known length."""

    def __init__(self, frames: int, *, hw: tuple[int, int], fps: float, seed: int) -> None:
        if frames < 1:
            raise SourceError(f"a synthetic source needs at least one frame, received {frames}")
        self.name = f"synthetic clip of {frames} frames"
        self.fps: float | None = fps
        self.hw: tuple[int, int] | None = hw
        self._size_hw, self._step_s, self._seed = hw, 1 / fps, seed
        self._frames = frames
        self._index = 0

    def read(self) -> Frame | None:
        if self._index == self._frames:
            return None
        bgr, _ = scene(self._seed, self._size_hw, t=self._index * self._step_s)
        frame = Frame(bgr=bgr, index=self._index, name=f"synthetic_{self._index:06d}")
        self._index += 1
        return frame

    def close(self) -> None:
        self._index = self._frames


class _SceneCamera:
    """A capture that gives a frame when its time has come, and skips those whose time has gone."""

    endless = True

    def __init__(self, hw: tuple[int, int], fps: float, seed: int) -> None:
        self.fps: float | None = fps
        self._hw, self._seed = hw, seed
        self._start_s = time.monotonic()
        self._tick = -1

    def fetch(self) -> BgrFrame | None:
        fps = self.fps or 1.0
        self._tick = max(self._tick + 1, int((time.monotonic() - self._start_s) * fps))
        time.sleep(max(0.0, self._start_s + self._tick / fps - time.monotonic()))
        return scene(self._seed, self._hw, t=self._tick / fps)[0]

    def release(self) -> None:
        return
