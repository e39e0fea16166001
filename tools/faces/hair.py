"""Hair: short on men, long on women, curled, cut into a straight fringe, or none."""

from __future__ import annotations

import numpy as np

from .attributes import Face
from .canvas import Canvas, mirrored
from .palette import Colour, shade

_LONG = [(0, 9), (10, 10.5), (17, 18), (19.5, 32), (20.5, 46), (19, 57), (9, 58), (0, 56)]
_SHORT_CAP = [(0, 9.5), (9, 11), (15.3, 18), (17, 27), (16.2, 34.5), (14, 34), (13, 27), (10.5, 22.5), (0, 21.5)]
_LONG_CAP = [(0, 9), (10, 10.5), (17, 18), (19, 32), (18.5, 44), (14.5, 45), (13.4, 31), (8, 23), (0, 17.5)]
_BRIM_Y = 18.5


def _curl(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    canvas.ellipse(x, y, radius, radius, shade(colour, 0.62))
    canvas.ellipse(x - 0.3, y - 0.4, radius - 0.95, radius - 0.95, colour)


def _curl_row(canvas: Canvas, points, radius: float, colour: Colour, below: float) -> None:
    for x, y in points:
        if y > below:
            _curl(canvas, x, y, radius, colour)


def draw_behind(canvas: Canvas, face: Face, colour: Colour) -> None:
    """What hangs behind the neck: the long hair of women."""
    if face.has("bald") or face.has("male"):
        return
    canvas.blob(mirrored(_LONG), shade(colour, 0.86))
    if face.has("curls"):
        for side in (-1, 1):
            _curl_row(canvas, [(32 + side * dx, y) for dx, y in ((20, 57), (20.5, 50.5), (14.5, 56.5))], 4.4, colour, 0)


def draw_in_front(canvas: Canvas, face: Face, colour: Colour) -> None:
    """The cap of hair around the face, and the fringe."""
    if face.has("bald"):
        return
    covered = face.has("hat") or face.has("crown")
    canvas.polygon(mirrored(_SHORT_CAP if face.has("male") else _LONG_CAP), colour)
    if face.has("curls"):
        _draw_curls(canvas, face.has("male"), colour, _BRIM_Y if covered else -1)
    if face.has("bangs"):
        _draw_bangs(canvas, colour)


def _draw_curls(canvas: Canvas, male: bool, colour: Colour, below: float) -> None:
    if not male:
        sides = [(32 + side * dx, y) for dx, y in ((20, 44), (20, 37.5), (19.5, 31), (18, 24.5)) for side in (-1, 1)]
        _curl_row(canvas, sides, 4.4, colour, below)
        angles = np.radians(np.linspace(158, 22, 7))
    else:
        angles = np.radians(np.linspace(205, -25, 11))
    radius = 16.5
    _curl_row(canvas, [(32 + radius * np.cos(a), 26.5 - radius * np.sin(a)) for a in angles], 4.4, colour, below)
    inner = np.radians(np.linspace(150, 30, 5))
    _curl_row(canvas, [(32 + 11 * np.cos(a), 28 - 11 * np.sin(a)) for a in inner], 3.7, colour, below)


def _draw_bangs(canvas: Canvas, colour: Colour) -> None:
    canvas.polygon([(18.5, 20), (22, 13), (32, 11), (42, 13), (45.5, 20), (45.5, 28), (18.5, 28)], colour)
    for x in (23.5, 29, 35, 40.5):
        canvas.line([(x, 17), (x, 28)], 0.8, shade(colour, 0.66))
    canvas.line([(18.5, 28), (45.5, 28)], 0.9, shade(colour, 0.55))
