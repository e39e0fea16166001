"""Head, eyes, nose, mouth and beard."""

from __future__ import annotations

import numpy as np

from .attributes import Face
from .canvas import Canvas, mirrored
from .palette import INK, WHITE, Colour, mix, shade

EYE_DX, EYE_Y, MOUTH_Y = 6.9, 34.5, 47.2
_MALE_HEAD = [(0, 14.5), (8, 16), (13.2, 22), (14.6, 31), (14.4, 41), (12.2, 49), (7.5, 54), (0, 55)]
_FEMALE_HEAD = [(0, 14.5), (8, 16), (12.8, 22), (13.8, 31), (12, 41), (8, 48.5), (4, 52.8), (0, 53.8)]
_BEARD = [(0, 42.8), (6.5, 42.8), (10, 41.5), (12.2, 36), (13.4, 32), (15.2, 32), (15.8, 42), (14, 51), (8.5, 58), (0, 60)]
LIP_PINK, LIP_RED, BLUSH = (206, 92, 100), (214, 18, 40), (240, 72, 92)


def draw_body(canvas: Canvas, male: bool, skin: Colour, clothes: Colour) -> None:
    neck, shoulder = (7.5, 27.0) if male else (5.2, 21.0)
    canvas.polygon([(32 - neck, 46), (32 + neck, 46), (32 + neck, 62), (32 - neck, 62)], shade(skin, 0.84))
    top = 58.0 if male else 59.0
    canvas.polygon([(32 - shoulder, 80), (32 - shoulder, 63), (32 - neck - 3, top), (32 - neck, top - 0.5), (32, 62.5),
                    (32 + neck, top - 0.5), (32 + neck + 3, top), (32 + shoulder, 63), (32 + shoulder, 80)], clothes)


def draw_head(canvas: Canvas, face: Face, skin: Colour) -> None:
    male = face.has("male")
    for side in (-1, 1):
        canvas.ellipse(32 + side * (14.8 if male else 14.0), 36, 2.6, 4.2, shade(skin, 0.86))
    canvas.blob(mirrored(_MALE_HEAD if male else _FEMALE_HEAD), skin)
    if face.has("bald"):
        canvas.ellipse(37.5, 19.5, 3.2, 1.9, shade(skin, 1.45))


def draw_eyes(canvas: Canvas, face: Face, skin: Colour, hair: Colour, iris: Colour, shadow: Colour) -> None:
    male = face.has("male")
    for side in (-1, 1):
        x = 32 + side * EYE_DX
        if face.has("makeup"):
            canvas.ellipse(x, EYE_Y - 1.6, 5.6, 3.9, shadow)
        canvas.ellipse(x, EYE_Y, 4.1, 3.0, WHITE)
        canvas.ellipse(x, EYE_Y, 2.3, 2.4, iris)
        canvas.ellipse(x, EYE_Y, 1.2, 1.3, INK)
        canvas.ellipse(x + 0.8, EYE_Y - 0.9, 0.65, 0.65, WHITE)
        lid = np.linspace(-1, 1, 9)
        canvas.line(np.stack([x + 4.2 * lid, EYE_Y - 2.9 * np.sqrt(1 - 0.9 * lid**2)], 1), 0.9 if male else 1.5, INK)
        if male:
            canvas.line([(x - side * 4.2, 30.0), (x + side * 4.6, 29.2)], 2.2, shade(hair, 0.8))
        else:
            canvas.polygon([(x + side * 3.0, EYE_Y - 2.6), (x + side * 6.3, EYE_Y - 3.4), (x + side * 4.4, EYE_Y - 0.2)], INK)
            canvas.curve(x + side * 0.4, 29.9, 4.4, -1.6, 1.1, shade(hair, 0.8))
    if face.has("makeup"):
        for side in (-1, 1):
            canvas.ellipse(32 + side * 9, 42, 3.2, 2.4, mix(skin, BLUSH, 0.72))


def draw_nose(canvas: Canvas, skin: Colour) -> None:
    canvas.polygon([(31.2, 35.5), (32.8, 35.5), (34.4, 41.2), (32, 42.2), (29.6, 41.2)], shade(skin, 0.86))


def draw_beard(canvas: Canvas, hair: Colour) -> None:
    canvas.blob(mirrored(_BEARD), shade(hair, 0.76))  # darker than the hair, so that it shows against long hair
    for side in (-1, 1):
        canvas.blob([(32, 42.2), (32 + side * 4, 42), (32 + side * 8.4, 45.6), (32 + side * 4, 45.3)], shade(hair, 0.52))


def draw_mouth(canvas: Canvas, face: Face, skin: Colour) -> None:
    male, y = face.has("male"), MOUTH_Y
    if face.has("makeup"):
        lip = LIP_RED
    else:
        lip = mix(shade(skin, 0.55), LIP_PINK, 0.3) if male else LIP_PINK
        if male and face.has("beard"):
            lip = (196, 104, 92)  # lips must stand out from any beard
    if face.has("smile"):
        edge = 1.5 if face.has("makeup") or not male else 1.0
        _grin(canvas, y - 1.6, 7.6 + edge, 5.2 + edge, edge * 0.8, lip if edge > 1 else INK)
        _grin(canvas, y - 1.6, 7.4, 5.0, 0.0, INK)
        _grin(canvas, y - 1.3, 6.6, 4.0, 0.0, WHITE)
    elif male and not face.has("makeup"):
        canvas.line([(32 - 4.6, y), (32 + 4.6, y)], 1.7, lip)
    else:
        grown = 1.15 if face.has("makeup") else 1.0
        canvas.blob([(32 - 4.8 * grown, y), (30, y - 1.7 * grown), (32, y - 1.1 * grown), (34, y - 1.7 * grown), (32 + 4.8 * grown, y), (32, y + 2.1 * grown)], lip)
        canvas.line([(32 - 3.6, y), (32 + 3.6, y)], 0.6, shade(lip, 0.6))


def _grin(canvas: Canvas, y: float, half_width: float, depth: float, lift: float, fill: Colour) -> None:
    t = np.linspace(-1, 1, 13)
    top = np.stack([32 + half_width * t, y - lift + 0.9 * (1 - t**2)], 1)
    bottom = np.stack([32 + half_width * t, y - lift + depth * (1 - t**2) ** 0.8], 1)
    canvas.polygon(np.concatenate([top, bottom[::-1]]), fill)
