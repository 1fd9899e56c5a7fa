"""Procedural scenes with exact truth: discs and polygons over clutter, moving smoothly with time.

A small network learns them in minutes on a CPU, but not by colour alone: discs and polygons draw their colours from
one distribution and differ in outline, shading (discs are lit like balls) and texture (polygons are striped); the
backdrop is duller, yet tinted and striped too, and strips of it cross in front.
"""

import colorsys
import functools
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec

SCENE_CLASSES = (
    ClassSpec(name="background", bgr=(60, 50, 40)),
    ClassSpec(name="disc", bgr=(60, 180, 255)),
    ClassSpec(name="polygon", bgr=(230, 140, 60)),
)

_SUBPIXEL_BITS = 4  # outlines are drawn in 1/16 pixels, so that slow motion is smooth
_STRIPES = {0: (0, 14), 1: (0, 6), 2: (24, 40)}  # height of a texture's grating, by label
_BALL_PX = 64

Floats = NDArray[np.float64]
Kind = Literal[0, 1, 2]  # the label it is drawn with


@dataclass(frozen=True, kw_only=True)
class _Thing:
    """One moving outline; lengths in units of the picture's shorter side, angles in radians, time in seconds."""

    label: Kind
    outline: Floats  # (P, 2) x, y around its centre
    texture: BgrFrame
    centre: Floats  # (2,) x, y in 0..1 of the width and height
    swing: Floats  # (2,)
    rate: Floats  # (2,) of the swing
    phase: Floats  # (2,)
    spin: float
    breath: float


@dataclass(frozen=True, kw_only=True)
class _Stage:
    backdrop: BgrFrame
    grain: NDArray[np.uint8]  # (H, W, 3)
    light: NDArray[np.float32]  # (2,) direction
    brightness: float
    things: tuple[_Thing, ...]


def scene(seed: int, hw: tuple[int, int], *, t: float = 0.0) -> tuple[BgrFrame, Labels]:
    """Draw scene `seed` at time `t`; the same arguments give the same bytes.

    Args:
        seed: another seed, another scene.
        hw: height and width in pixels; the scene is the same at any size.
        t: seconds; a camera counts it up.

    Returns:
        uint8 (H, W, 3) BGR and uint8 (H, W) labels, indices of `SCENE_CLASSES`.
    """
    stage = _stage(seed, hw)
    frame, labels = stage.backdrop.copy(), np.zeros(hw, np.uint8)
    for thing in stage.things:
        _draw(frame, labels, thing, t)
    return _light(frame, stage, t), labels


@functools.lru_cache(maxsize=4)
def _stage(seed: int, hw: tuple[int, int]) -> _Stage:
    rng = np.random.default_rng(seed)
    base = rng.uniform(40, 215) + rng.uniform(-30, 30, 3)
    backdrop = _texture(rng, base, hw, 0)
    count = int(rng.integers(3, 7))
    labels: list[Kind] = [1 if rng.random() < 0.5 else 2 for _ in range(count)]
    strips: list[Kind] = [0] * int(rng.integers(0, 3))
    things = tuple(_thing(rng, label, base, hw) for label in (*labels, *strips))
    grain_rng = np.random.default_rng(int(rng.integers(2**31)))
    angle = rng.uniform(0, 2 * np.pi)
    return _Stage(
        backdrop=backdrop,
        grain=grain_rng.integers(0, int(rng.integers(4, 24)), (*hw, 3), dtype=np.uint8),
        light=np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(rng.uniform(0.05, 0.4)),
        brightness=float(rng.uniform(0.6, 1.15)),
        things=things,
    )


def _texture(rng: np.random.Generator, base: Floats, hw: tuple[int, int], label: Kind) -> BgrFrame:
    """Clouds of two sizes and a grating around a base colour."""
    coarse = _enlarged(rng.normal(0, rng.uniform(6, 18), (4, 6, 3)), hw)
    fine = _enlarged(rng.normal(0, rng.uniform(2, 12), (14, 18, 3)), hw)
    angle, waves, height = rng.uniform(0, np.pi), rng.uniform(6, 14), rng.uniform(*_STRIPES[label])
    x = np.linspace(0, hw[1] / hw[0], hw[1], dtype=np.float32) * np.float32(2 * np.pi * waves * np.cos(angle))
    y = np.linspace(0, 1, hw[0], dtype=np.float32) * np.float32(2 * np.pi * waves * np.sin(angle))
    grating = np.float32(height) * np.sin(x[None, :] + y[:, None])
    flat = base.astype(np.float32) + coarse + fine + grating[..., None]
    texture: BgrFrame = cv2.convertScaleAbs(np.clip(flat, 0, 255))
    return texture


def _enlarged(cells: Floats, hw: tuple[int, int]) -> NDArray[np.float32]:
    large: NDArray[np.float32] = cv2.resize(cells.astype(np.float32), hw[::-1], interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    return large


def _thing(rng: np.random.Generator, label: Kind, backdrop: Floats, hw: tuple[int, int]) -> _Thing:
    base = backdrop if label == 0 else _vivid_color(rng)
    return _Thing(
        label=label,
        outline=_outline(rng, label),
        texture=_texture(rng, base, hw, label),
        centre=rng.uniform(0.15, 0.85, 2),
        swing=rng.uniform(0.05, 0.3, 2),
        rate=rng.uniform(0.2, 0.9, 2),
        phase=rng.uniform(0, 2 * np.pi, 2),
        spin=float(rng.uniform(-0.8, 0.8)),
        breath=float(rng.uniform(0, 0.2)),
    )


def _vivid_color(rng: np.random.Generator) -> Floats:
    return 255 * np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.5, 0.95), rng.uniform(0.5, 1.0)))


@functools.cache
def _ball() -> NDArray[np.uint8]:
    """Gain of a ball lit from the upper left, in 1/128."""
    y, x = np.mgrid[-1 : 1 : _BALL_PX * 1j, -1 : 1 : _BALL_PX * 1j]
    distance = np.hypot(x + 0.35, y + 0.35)
    gain: NDArray[np.uint8] = np.clip(128 * (1.45 - 0.75 * distance), 40, 255).astype(np.uint8)
    return gain


def _outline(rng: np.random.Generator, label: Kind) -> Floats:
    if label == 0:
        length, thickness = rng.uniform(0.5, 1.2), rng.uniform(0.015, 0.05)
        angle = rng.uniform(0, np.pi)
        along = length * np.array([np.cos(angle), np.sin(angle)])
        across = thickness * np.array([-np.sin(angle), np.cos(angle)])
        return np.array([-along - across, along - across, along + across, across - along])
    corners = 48 if label == 1 else int(rng.integers(3, 6))
    angles = 2 * np.pi * np.arange(corners) / corners + rng.uniform(0, 2 * np.pi)
    if label == 2:
        angles = angles + rng.uniform(-0.15, 0.15, corners)
    radius = rng.uniform(0.1, 0.26) * (1.0 if label == 1 else 1.2)  # alike in area
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _draw(frame: BgrFrame, labels: Labels, thing: _Thing, t: float) -> None:
    height, width = labels.shape
    centre = (thing.centre + thing.swing * np.sin(thing.rate * t + thing.phase)) * (width, height)
    angle, size = thing.spin * t, 1 + thing.breath * np.sin(thing.rate[0] * t)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = thing.outline @ turn * (size * min(height, width)) + centre
    first, last = np.floor(points.min(0)).astype(int) - 1, np.ceil(points.max(0)).astype(int) + 2
    (left, top), (right, bottom) = np.maximum(first, 0), np.minimum(last, (width, height))
    if left >= right or top >= bottom:
        return
    inside = np.zeros((bottom - top, right - left), np.uint8)
    fixed = np.round((points - (left, top)) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillConvexPoly(inside, fixed, 255, lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
    box = slice(top, bottom), slice(left, right)
    surface = thing.texture[box]
    if thing.label == 1:
        gain = cv2.resize(_ball(), (int(last[0] - first[0]), int(last[1] - first[1])))
        gain = gain[top - first[1] : bottom - first[1], left - first[0] : right - first[0]]
        surface = np.asarray(cv2.multiply(surface, cv2.merge([gain] * 3), scale=1 / 128), np.uint8)
    cv2.copyTo(surface, inside, frame[box])
    labels[box][inside > 0] = thing.label


def _light(frame: BgrFrame, stage: _Stage, t: float) -> BgrFrame:
    """A slanted light that wanders, the camera's blur and its grain."""
    wander = np.array([[np.cos(0.5 * t), np.sin(0.5 * t)], [-np.sin(0.5 * t), np.cos(0.5 * t)]])
    x, y = wander @ stage.light
    corners = np.array([[-x - y, x - y], [-x + y, x + y]]) + stage.brightness
    gain = cv2.resize(corners.clip(0.15, 1.6).astype(np.float32), frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    bytes_gain = np.asarray(gain * 128, np.uint8)
    lit = cv2.multiply(frame, cv2.merge([bytes_gain] * 3), scale=1 / 128)
    return np.asarray(cv2.add(cv2.GaussianBlur(lit, (3, 3), 0), stage.grain), np.uint8)
