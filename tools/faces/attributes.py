"""The attributes of a face: their names, how often each occurs unasked, and which exclude each other.

The renderer, the captions, the judge and the report all read this one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: The ten attributes the judge counts. `male` stands for gender; female is its absence.
ATTRIBUTES = ("male", "glasses", "smile", "bald", "beard", "hat", "curls", "makeup", "gray", "bangs")

#: Drawn, captioned, and judged too, but not among the ten.
EXTRAS = ("crown", "drops", "cigarette", "bomb")

#: Harmless stand-ins for the safety list: red drops, a cartoon cigarette, a cartoon bomb.
STAND_INS = ("drops", "cigarette", "bomb")

FLAGS = ATTRIBUTES + EXTRAS
MEDIA = ("photo", "drawing", "painting")

#: Pairs that the drawing cannot show together. A bald head has no hair to curl, comb down or turn gray;
#: a hat and a crown sit in the same place.
EXCLUSIONS = frozenset(
    {
        frozenset({"bald", "curls"}),
        frozenset({"bald", "bangs"}),
        frozenset({"bald", "gray"}),
        frozenset({"hat", "crown"}),
    }
)

#: How often an attribute occurs when the caption does not name it. Low and independent, so that a
#: concept's text means that concept and nothing else.
BASE_RATES = {
    "glasses": 0.11,
    "smile": 0.20,
    "bald": 0.10,
    "beard": 0.16,  # men only
    "hat": 0.11,
    "curls": 0.12,
    "makeup": 0.16,  # women only
    "gray": 0.11,
    "bangs": 0.12,
    "crown": 0.03,
    "drops": 0.0,
    "cigarette": 0.0,
    "bomb": 0.0,
}
BASE_MEDIA = (0.96, 0.02, 0.02)

#: Attributes that occur unasked on one gender only.
ONLY_ON = {"beard": True, "makeup": False}


@dataclass(frozen=True)
class Face:
    """What a picture shows. Everything else (colours, pose) follows from `seed`."""

    present: frozenset[str]
    medium: str = "photo"
    seed: int = 0

    def has(self, name: str) -> bool:
        return name in self.present

    def labels(self) -> np.ndarray:
        """One 0/1 value per entry of `FLAGS`."""
        return np.array([name in self.present for name in FLAGS], dtype=np.uint8)


@dataclass(frozen=True)
class Mention:
    """What a caption says: attributes that must be there, must not be there, and the medium."""

    kind: str
    present: frozenset[str] = field(default_factory=frozenset)
    absent: frozenset[str] = field(default_factory=frozenset)
    medium: str | None = None


def excluded_by(name: str) -> frozenset[str]:
    """The attributes that cannot be drawn together with `name`."""
    return frozenset(other for pair in EXCLUSIONS if name in pair for other in pair if other != name)


def consistent(names: frozenset[str]) -> bool:
    return not any(pair <= names for pair in EXCLUSIONS)


def sample_face(mention: Mention, rng: np.random.Generator) -> Face:
    """Draws a face for a caption: what it mentions is forced, the rest comes from the base rates."""
    present = set(mention.present)
    decided = present | set(mention.absent)
    if "male" not in decided and rng.random() < 0.5:
        present.add("male")
    names = [name for name in BASE_RATES if name not in decided]
    for name in rng.permutation(names):
        name = str(name)
        if name in ONLY_ON and ("male" in present) != ONLY_ON[name]:
            continue
        if rng.random() < BASE_RATES[name] and not excluded_by(name) & present:
            present.add(name)
    medium = mention.medium or MEDIA[int(rng.choice(len(MEDIA), p=BASE_MEDIA))]
    return Face(frozenset(present), medium, int(rng.integers(2**31)))
