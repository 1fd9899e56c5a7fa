"""Colours for classes that nobody gave one."""

import colorsys

Bgr = tuple[int, int, int]

_BACKGROUND: Bgr = (48, 40, 32)
_GOLDEN_TURN = 0.61803398875  # consecutive hues lie far apart, however many there are


def class_bgr(label: int) -> Bgr:
    """Label 0 dark, the others bright, around the colour circle in golden turns; 8-bit (blue, green, red)."""
    if label == 0:
        return _BACKGROUND
    index = label - 1
    red, green, blue = colorsys.hsv_to_rgb((0.1 + index * _GOLDEN_TURN) % 1, 0.8 - 0.3 * (index % 2), 1.0)
    return round(255 * blue), round(255 * green), round(255 * red)
