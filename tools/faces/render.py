"""Draws a face as 64×64 RGB pixels: `render(face)` is a pure function of the face."""

from __future__ import annotations

import numpy as np

from . import accessories, features, hair, media
from .attributes import Face
from .canvas import Canvas
from .palette import BACKGROUND, CLOTHES, GRAY, HAIR, HATS, IRIS, SHADOW, SKIN, jitter, pick


def render(face: Face) -> np.ndarray:
    """The picture of a face, uint8 [64, 64, 3]."""
    rng = np.random.default_rng(face.seed)
    # Every choice is drawn whether or not it shows, so that a seed keeps its colours when an attribute changes.
    skin, hair_colour, gray = jitter(pick(SKIN, rng), rng), jitter(pick(HAIR, rng), rng), pick(GRAY, rng)
    iris, shadow, hat = pick(IRIS, rng), pick(SHADOW, rng), pick(HATS, rng)
    background, clothes = jitter(pick(BACKGROUND, rng), rng), jitter(pick(CLOTHES, rng), rng)
    canvas = Canvas(background, rng.uniform(-1.4, 1.4, 2), rng.uniform(0.95, 1.02), rng.uniform(-0.06, 0.06))
    colour = gray if face.has("gray") else hair_colour
    male = face.has("male")

    hair.draw_behind(canvas, face, colour)
    features.draw_body(canvas, male, skin, clothes)
    features.draw_head(canvas, face, skin)
    hair.draw_in_front(canvas, face, colour)
    features.draw_eyes(canvas, face, skin, colour, iris, shadow)
    features.draw_nose(canvas, skin)
    if face.has("beard"):
        features.draw_beard(canvas, colour)
    features.draw_mouth(canvas, face, skin)
    if face.has("glasses"):
        accessories.draw_glasses(canvas)
    if face.has("hat"):
        accessories.draw_hat(canvas, *hat)
    if face.has("crown"):
        accessories.draw_crown(canvas)
    for name, draw in (("drops", accessories.draw_drops), ("cigarette", accessories.draw_cigarette), ("bomb", accessories.draw_bomb)):
        if face.has(name):
            draw(canvas)
    pixels = media.APPLY[face.medium](canvas.pixels(), rng)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
