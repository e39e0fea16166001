"""The settings of every golden case of Paella: what is asked of the reference, and of the SDK."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial

from golden_cases import BEARD, CURLS, GLASSES, KING, PERSON, SMILE, Concept

Edit = partial(Concept, scale=4.0)
LONG = "a photo of a smiling old woman with glasses, curly gray hair, bangs and a large hat, wearing makeup, in front of a dark green background, looking a little to the left"


@dataclass(frozen=True)
class LogitsCase:
    """Predictions of `texts` (branches, in this order) for every picture."""

    name: str
    texts: tuple[str, ...]
    #: Re-noised share of each picture.
    r: tuple[float, ...]
    #: Height and width in tokens, in units of what they must be multiples of; None is the bundle's own size.
    units: tuple[int, int] | None = None
    #: What the attention to each token of the text is multiplied with.
    weight: float = 1.0

    def settings(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class TokenCase:
    name: str
    prompts: tuple[str, ...]
    seed: int
    steps: int = 8
    #: How many of the first steps end with re-noising; None is all but the last.
    renoise: int | None = None
    #: Falls linearly from the first step to the last.
    temperature: tuple[float, float] = (1.0, 0.2)
    #: Of classifier-free guidance, from the first step to the last.
    scale: tuple[float, float] = (4.0, 4.0)
    #: How many of the first steps are guided; the prompt's prediction alone decides the others.
    conditional: int | None = None
    #: How a token is chosen: `multinomial`, `argmax` or `quantized`.
    mode: str = "multinomial"
    #: Pixels; None is the bundle's own size.
    size: tuple[int, int] | None = None
    images: int = 1  # per prompt
    negative: str = ""
    concepts: tuple[Concept, ...] = ()
    mask: str = "token"
    momentum: float = 0.0
    beta: float = 0.4

    def settings(self) -> dict:
        return asdict(self)


LOGITS = (
    LogitsCase("unconditional", ("",), (1.0,)),
    LogitsCase("two-texts", ("", KING), (0.5,)),
    LogitsCase("two-pictures", ("", PERSON, GLASSES), (0.9375, 0.125)),
    LogitsCase("wide", ("", SMILE), (0.75,), units=(1, 3)),
    LogitsCase("tall", (KING, "male"), (0.3,), units=(3, 2)),
    LogitsCase("long-text", (LONG, "", "é ☕ 王"), (0.25,)),
    LogitsCase("stressed", (KING,), (0.6,), weight=1.2),
)

CASES = (
    TokenCase("prompt-only", (KING,), 41, scale=(1, 1)),
    TokenCase("guided", (KING,), 42),
    TokenCase("twelve-steps", (PERSON,), 43, steps=12, renoise=11, scale=(8, 8)),
    TokenCase("ramp", ("a painting of a queen",), 44, scale=(2, 6)),
    TokenCase("first-steps-guided", (PERSON,), 45, steps=10, renoise=7, conditional=6, temperature=(1.2, 0.2)),
    TokenCase("argmax", ("a smiling woman",), 46, mode="argmax"),
    TokenCase("quantized", ("a man with a hat",), 47, mode="quantized"),
    TokenCase("negative", (PERSON,), 48, negative="glasses, beard"),
    TokenCase("wide", (KING,), 49, size=(48, 16)),
    TokenCase("batch", (KING, LONG), 50, images=2),
    TokenCase("token", (PERSON,), 51, concepts=(Edit(GLASSES),)),
    TokenCase("element", (PERSON,), 52, concepts=(Edit(GLASSES),), mask="element"),
    TokenCase("joint", (PERSON,), 53, concepts=(Edit(GLASSES),), mask="joint"),
    TokenCase("unmasked", (PERSON,), 54, concepts=(Edit(GLASSES),), mask="none"),
    TokenCase("away", ("a man with glasses and a beard",), 55, concepts=(Edit(BEARD, True, threshold=0.8),)),
    TokenCase("king-to-queen", (KING,), 56, concepts=(Edit("male", True), Edit("female"))),
    TokenCase(
        "three-warmups", (PERSON,), 57, steps=10,
        concepts=(Edit(SMILE, warmup=1), Edit(GLASSES, warmup=3, scale=3), Edit("hat, wearing a hat", warmup=5, cooldown=8, threshold=0.95)),
    ),
    TokenCase(
        "four-momentum", (PERSON,), 58, steps=12, momentum=0.3, beta=0.6,
        concepts=(Edit(GLASSES, warmup=4), Edit(SMILE, warmup=2, cooldown=9), Edit(CURLS, weight=0.5), Edit(BEARD, True, warmup=3)),
    ),
    TokenCase("momentum-element", (KING,), 59, momentum=0.4, beta=0.6, mask="element", concepts=(Edit("gray hair", warmup=3), Edit(SMILE, warmup=1))),
    TokenCase("prompt-and-concept", (PERSON,), 60, scale=(1, 1), concepts=(Edit(SMILE),)),
    TokenCase("concepts-at-first", (PERSON,), 61, steps=10, conditional=6, concepts=(Edit(GLASSES, warmup=1),), momentum=0.2),
    TokenCase("batch-concepts", (KING, PERSON), 62, images=2, concepts=(Edit(SMILE), Edit("gray hair", scale=3, warmup=4))),
)
