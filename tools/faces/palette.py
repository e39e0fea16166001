"""The colours a face may take. Few and far apart, so that they survive 16×16 latents."""

from __future__ import annotations

import numpy as np

SKIN = ((255, 226, 200), (244, 200, 162), (226, 172, 128), (192, 134, 92), (150, 98, 64), (108, 70, 48))
HAIR = ((38, 30, 30), (84, 52, 32), (136, 84, 44), (226, 184, 88), (196, 88, 36), (120, 34, 28))
GRAY = ((206, 208, 212), (186, 189, 194))
IRIS = ((70, 44, 28), (40, 100, 180), (50, 130, 70), (96, 96, 100))
BACKGROUND = ((150, 190, 230), (188, 218, 180), (240, 222, 170), (214, 190, 226), (112, 158, 168), (236, 188, 174), (96, 116, 160), (222, 222, 214))
CLOTHES = ((46, 84, 150), (156, 44, 48), (48, 116, 72), (90, 62, 124), (60, 60, 68), (214, 140, 52), (36, 124, 134))
HATS = (((34, 34, 40), (176, 40, 44)), ((34, 52, 112), (224, 190, 80)), ((120, 26, 40), (30, 26, 30)), ((28, 84, 60), (226, 208, 150)))
SHADOW = ((92, 70, 190), (40, 120, 200), (150, 50, 150))
GOLD, GOLD_DARK = (252, 206, 50), (196, 138, 20)
INK = (34, 24, 26)
WHITE = (252, 252, 250)

Colour = tuple[int, int, int]


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, lighter above."""
    if factor <= 1:
        return tuple(int(c * factor) for c in colour)  # type: ignore[return-value]
    return tuple(int(c + (255 - c) * (factor - 1)) for c in colour)  # type: ignore[return-value]


def mix(a: Colour, b: Colour, amount: float) -> Colour:
    return tuple(int(x + (y - x) * amount) for x, y in zip(a, b))  # type: ignore[return-value]


def pick(options: tuple, rng: np.random.Generator):
    return options[int(rng.integers(len(options)))]


def jitter(colour: Colour, rng: np.random.Generator, amount: int = 8) -> Colour:
    return tuple(int(np.clip(c + d, 0, 255)) for c, d in zip(colour, rng.integers(-amount, amount + 1, 3)))  # type: ignore[return-value]
