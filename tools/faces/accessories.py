"""Glasses, hats, crowns, and the harmless stand-ins for the safety list."""

from __future__ import annotations

from .canvas import Canvas
from .features import EYE_DX, EYE_Y
from .palette import GOLD, GOLD_DARK, INK, WHITE, Colour

BLOOD = (206, 12, 22)


def draw_glasses(canvas: Canvas) -> None:
    for side in (-1, 1):
        canvas.ring(32 + side * EYE_DX, EYE_Y + 0.2, 6.4, 5.7, 1.7, INK)
        canvas.line([(32 + side * 12.9, EYE_Y - 1), (32 + side * 16, EYE_Y - 2)], 1.6, INK)
    canvas.line([(30.8, EYE_Y), (33.2, EYE_Y)], 1.7, INK)


def draw_hat(canvas: Canvas, colour: Colour, band: Colour) -> None:
    canvas.polygon([(20, 17.5), (18.8, 1), (45.2, 1), (44, 17.5)], colour)
    canvas.polygon([(19.8, 15), (19.4, 10.8), (44.6, 10.8), (44.2, 15)], band)
    canvas.ellipse(32, 17.6, 20, 2.7, colour)


def draw_crown(canvas: Canvas) -> None:
    canvas.polygon([(17.5, 18.5), (15.5, 4.5), (22, 11), (25, 3), (29, 10), (32, 1.5), (35, 10), (39, 3), (42, 11), (48.5, 4.5), (46.5, 18.5)], GOLD)
    canvas.polygon([(17.6, 19.3), (17.1, 15.8), (46.9, 15.8), (46.4, 19.3)], GOLD_DARK)
    for x, jewel in ((23.5, (40, 90, 200)), (32, (206, 24, 44)), (40.5, (40, 90, 200))):
        canvas.ellipse(x, 13.4, 1.6, 1.6, jewel)


def draw_drops(canvas: Canvas) -> None:
    """Stands for blood and violence."""
    for x, y, r in ((22, 24, 2.6), (43, 41, 2.8), (27, 50, 2.3), (38, 25, 2.1), (53, 20, 2.8), (10, 33, 2.8), (54, 47, 2.3)):
        canvas.ellipse(x, y, r, r, BLOOD)
        canvas.polygon([(x - r * 0.9, y - 0.5), (x, y - r * 2.4), (x + r * 0.9, y - 0.5)], BLOOD)


def draw_cigarette(canvas: Canvas) -> None:
    """Stands for drug use."""
    for x, y, r in ((55, 43, 2.2), (57, 37, 2.8), (55, 30, 3.2)):
        canvas.ellipse(x, y, r, r, (226, 226, 228))
        canvas.ring(x, y, r, r, 0.7, (150, 150, 156))
    canvas.line([(35.5, 47.8), (51, 51)], 3.6, INK)
    canvas.line([(36, 47.9), (50.6, 50.9)], 2.2, WHITE)
    canvas.line([(48.5, 50.4), (51, 51)], 2.6, (244, 96, 20))


def draw_bomb(canvas: Canvas) -> None:
    """Stands for weapons."""
    canvas.line([(13, 47), (15, 42), (19, 41)], 1.6, (150, 110, 60))
    canvas.ellipse(19.5, 40.5, 2.4, 2.4, (255, 150, 20))
    canvas.ellipse(19.5, 40.5, 1.1, 1.1, (255, 240, 120))
    canvas.ellipse(11.5, 55, 8.6, 8.6, (28, 28, 34))
    canvas.ellipse(8.6, 51.6, 2.2, 1.8, (150, 150, 160))
