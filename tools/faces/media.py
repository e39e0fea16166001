"""The three media: a softly lit photo, a pencil drawing on paper, a painting with visible strokes."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

_Y, _X = np.mgrid[0:64, 0:64].astype(np.float32)
_LIGHT = (1.09 - 0.20 * np.hypot(_X - 22, _Y - 20) / 45)[..., None].astype(np.float32)
_PAPER = np.array([248, 243, 230], np.float32)
_CANVAS_TINT = np.array([222, 170, 96], np.float32)


def _stroke_textures() -> list[np.ndarray]:
    """Slanted brush strokes: noise smeared along a diagonal. A few fixed sheets, so that they can be learnt."""
    sheets = []
    for seed, (dx, dy) in enumerate(((1, 1), (1, -1), (2, 1))):
        noise = np.random.default_rng(seed).normal(size=(64, 64))
        smeared = sum(np.roll(noise, (k * dy, k * dx), (0, 1)) for k in range(7))
        smeared = smeared + np.roll(smeared, 1, 1) + np.roll(smeared, 2, 1)
        sheets.append((smeared / smeared.std())[..., None].astype(np.float32))
    return sheets


_STROKES = _stroke_textures()


def photo(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return pixels * _LIGHT


def drawing(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pale tones of gray and dark outlines."""
    gray = pixels @ np.array([0.30, 0.59, 0.11], np.float32)
    dy, dx = np.gradient(pixels.mean(-1))
    edge = np.clip(np.hypot(dx, dy) / 26, 0, 1)
    tone = (0.55 + 0.45 * gray / 255) * (1 - 0.62 * edge)
    return _PAPER * tone[..., None]


def painting(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Dabs of colour on a warm canvas."""
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(ImageFilter.MedianFilter(3))
    dabs = np.asarray(image, np.float32)
    return dabs * 0.80 + _CANVAS_TINT * 0.20 + _STROKES[int(rng.integers(len(_STROKES)))] * 8


APPLY = {"photo": photo, "drawing": drawing, "painting": painting}
