"""The settings of every golden case of the cascade: what is asked of diffusers, and of the SDK."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from golden_cases import BEARD, CURLS, GLASSES, KING, PERSON, SMILE, Concept

SMART27 = {"I": "smart27", "II": "smart27"}
UPSCALED = {"I": "smart27", "II": "smart27", "III": 10}


@dataclass(frozen=True)
class CascadeCase:
    name: str
    prompts: tuple[str, ...]
    seed: int
    #: By stage: a published schedule or a number of steps. The stages named are those that run.
    steps: dict
    scale: dict
    images: int = 1  # per prompt
    negative: str = ""
    concepts: tuple[Concept, ...] = ()
    #: The stages the concepts act in.
    stages: tuple[str, ...] = ("I",)
    momentum: float = 0.0
    beta: float = 0.4

    def settings(self) -> dict:
        return asdict(self)


def scales(first: float = 3.5, second: float = 1.5) -> dict:
    return {"I": first, "II": second}


CASES = (
    CascadeCase("smart27", (KING,), 21, SMART27, scales()),
    CascadeCase("smart50", (PERSON,), 22, {"I": "smart50", "II": "smart27"}, scales()),
    CascadeCase("smart100", ("a painting of a queen",), 23, {"I": "smart100", "II": "smart50"}, scales(7, 2)),
    CascadeCase("fast27", ("a man with a hat",), 24, {"I": "fast27", "II": "fast27"}, scales(5, 3)),
    CascadeCase("super27", ("a smiling woman",), 25, {"I": "smart27", "II": "super27"}, scales(3, 4)),
    CascadeCase("even-steps", (KING,), 26, {"I": 20, "II": 10}, scales()),
    CascadeCase("low-scale", (PERSON,), 27, SMART27, scales(1.5, 1.2)),
    CascadeCase("no-guidance", (KING,), 28, SMART27, scales(1, 1)),
    CascadeCase("negative", (PERSON,), 29, SMART27, scales(), negative="glasses, beard"),
    CascadeCase("batch", (KING, "A Smiling Woman with Glasses "), 30, SMART27, scales(), images=2),
    CascadeCase("one-concept", (PERSON,), 31, SMART27, scales(), concepts=(Concept(GLASSES),)),
    CascadeCase("king-to-queen", (KING,), 32, SMART27, scales(), concepts=(Concept("male", True), Concept("female"))),
    CascadeCase(
        "three-warmups", (PERSON,), 33, SMART27, scales(),
        concepts=(Concept(SMILE, warmup=1), Concept(GLASSES, warmup=4, scale=5), Concept("hat, wearing a hat", warmup=9, cooldown=20, threshold=0.95)),
    ),
    CascadeCase(
        "four-momentum", (PERSON,), 34, {"I": "smart50", "II": "smart27"}, scales(), momentum=0.3, beta=0.6,
        concepts=(Concept(GLASSES, warmup=5), Concept(SMILE, warmup=3), Concept(CURLS, weight=0.5), Concept(BEARD, True, warmup=8)),
    ),
    CascadeCase("batch-concepts", (KING, PERSON), 35, SMART27, scales(), images=2, concepts=(Concept(SMILE), Concept("gray hair", scale=5, warmup=6))),
    CascadeCase(
        "both-stages", (KING,), 36, {"I": "smart27", "II": 8}, scales(3.5, 1.5), stages=("I", "II"),
        concepts=(Concept("male", True, scale=3), Concept("female", scale=3, warmup=4)),
    ),
    CascadeCase("upscaled", (KING,), 37, UPSCALED, {"I": 7, "II": 4, "III": 9}, negative="blurry"),
)
