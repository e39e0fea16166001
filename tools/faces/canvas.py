"""A drawing surface in 64-unit face coordinates, four times supersampled, posed by one affine map."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

SIZE = 64
SUPERSAMPLING = 4
_TURN = np.linspace(0, 2 * np.pi, 28, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)
_STEPS = np.linspace(0, 1, 6, endpoint=False)[:, None]
_BASIS = np.concatenate(
    [-_STEPS + 2 * _STEPS**2 - _STEPS**3, 2 - 5 * _STEPS**2 + 3 * _STEPS**3, _STEPS + 4 * _STEPS**2 - 3 * _STEPS**3, _STEPS**3 - _STEPS**2], 1
) / 2


def smooth(points) -> np.ndarray:
    """A closed Catmull-Rom curve through the points."""
    p = np.asarray(points, float)
    windows = np.stack([np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)], 1)
    return np.einsum("sk,nkd->nsd", _BASIS, windows).reshape(-1, 2)


def mirrored(right) -> list[tuple[float, float]]:
    """Completes a right-hand outline (dx from the middle, y), listed from top to bottom, to a closed one."""
    left = [(-dx, y) for dx, y in reversed(right) if dx != 0]
    return [(32 + dx, y) for dx, y in list(right) + left]


class Canvas:
    """Polygons, ellipses and lines, given in face coordinates and drawn in the pose of the head."""

    def __init__(self, background, shift=(0.0, 0.0), scale=1.0, tilt=0.0):
        self.image = Image.new("RGB", (SIZE * SUPERSAMPLING,) * 2, background)
        self._draw = ImageDraw.Draw(self.image)
        cos, sin = np.cos(tilt) * scale, np.sin(tilt) * scale
        self._matrix = np.array([[cos, sin], [-sin, cos]])
        self._origin = np.array([32.0, 50.0])  # heads tilt about the neck
        self._shift = np.asarray(shift, float) + self._origin
        self.posed = True

    def _place(self, points) -> list[tuple[float, float]]:
        p = np.asarray(points, float)
        if self.posed:
            p = (p - self._origin) @ self._matrix + self._shift
        return [tuple(q) for q in (p * SUPERSAMPLING).tolist()]

    def polygon(self, points, fill) -> None:
        self._draw.polygon(self._place(points), fill=fill)

    def blob(self, points, fill) -> None:
        self.polygon(smooth(points), fill)

    def ellipse(self, x, y, rx, ry, fill) -> None:
        self.polygon(_CIRCLE * (rx, ry) + (x, y), fill)

    def ring(self, x, y, rx, ry, width, fill) -> None:
        outer, inner = _CIRCLE * (rx, ry) + (x, y), _CIRCLE * (rx - width, ry - width) + (x, y)
        self.polygon(np.concatenate([outer, outer[:1], inner[:1], inner[::-1]]), fill)

    def line(self, points, width, fill) -> None:
        self._draw.line(self._place(points), fill=fill, width=round(width * SUPERSAMPLING), joint="curve")

    def curve(self, x, y, half_width, bend, width, fill) -> None:
        """An open arc from left to right; a positive bend sags in the middle."""
        t = np.linspace(-1, 1, 9)
        self.line(np.stack([x + half_width * t, y + bend * (1 - t**2)], 1), width, fill)

    def pixels(self) -> np.ndarray:
        return np.asarray(self.image.reduce(SUPERSAMPLING), np.float32)
