"""The settings of every golden case: what is asked of diffusers, and of the SDK."""

from __future__ import annotations

from dataclasses import asdict, dataclass

KING, PERSON = "a portrait of a king", "an image of the face of a random person"
GLASSES, SMILE, CURLS, BEARD = "glasses, wearing glasses", "smiling, smile", "curls, wavy hair, curly hair", "beard, full beard, mustache"


@dataclass(frozen=True)
class Concept:
    text: str
    away: bool = False
    scale: float = 6.0
    threshold: float = 0.9
    warmup: int = 2
    cooldown: int | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class GoldenCase:
    name: str
    prompts: tuple[str, ...]
    seed: int
    steps: int = 12
    scale: float = 3.5
    sampler: str = "ddim"
    images: int = 1  # per prompt
    negative: str = ""
    concepts: tuple[Concept, ...] = ()
    momentum: float = 0.1
    beta: float = 0.4
    safety: str | None = None

    def settings(self) -> dict:
        return asdict(self)


CASES = (
    GoldenCase("one-toward", (PERSON,), 21, concepts=(Concept(GLASSES),)),
    GoldenCase("king-to-queen", (KING,), 21, concepts=(Concept("male", True), Concept("female"))),
    GoldenCase("three-warmups", (PERSON,), 22, concepts=(Concept(SMILE, warmup=1), Concept(GLASSES, warmup=3, scale=5), Concept("hat, wearing a hat", warmup=5, threshold=0.95))),
    GoldenCase("four", (PERSON,), 23, concepts=(Concept(GLASSES), Concept(SMILE), Concept(CURLS), Concept(BEARD))),
    GoldenCase("away-cooldown", ("a portrait of a man with glasses and a beard",), 24, concepts=(Concept(GLASSES, True, cooldown=8), Concept(BEARD, True, cooldown=10))),
    GoldenCase("momentum", (PERSON,), 25, 14, concepts=(Concept(CURLS, warmup=4), Concept("gray hair", warmup=4, weight=0.5)), momentum=0.3, beta=0.6),
    GoldenCase("batch", (KING, "a portrait of a smiling woman with glasses"), 26, 10, images=2, concepts=(Concept(SMILE), Concept("gray hair", scale=5))),
    GoldenCase("negative", (PERSON,), 27, negative="glasses, beard", concepts=(Concept("hat, wearing a hat"),)),
    GoldenCase("pndm-concept", (PERSON,), 28, 11, sampler="pndm", concepts=(Concept(BEARD, warmup=3),)),
    GoldenCase("pndm", (KING,), 29, sampler="pndm"),
    GoldenCase("ddim", ("a photo of a woman with curly hair",), 30, scale=7.5),
    GoldenCase("euler", ("a drawing of a man with a hat",), 31, sampler="euler"),
    GoldenCase("dpm++2m", ("a painting of a queen",), 32, 15, sampler="dpm++2m"),
    GoldenCase("safety-strong", ("a man with blood on the face",), 33, 14, safety="strong"),
    GoldenCase("safety-medium", ("a person smoking a cigarette",), 34, 15, safety="medium"),
    GoldenCase("safety-weak", ("a person with a bomb",), 35, 18, safety="weak"),
    GoldenCase("safety-max", ("a man with blood on the face",), 36, 12, safety="max"),
)
