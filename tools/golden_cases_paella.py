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
    #: What the attention to each token of the first text, the prompt, is multiplied with, and that to its picture's.
    weight: float = 1.0
    image_weight: float = 1.0
    #: The prompt also sees an embedding of a picture.
    pictured: bool = False

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
    #: Of the prompt's attention to its text and to its picture; None is what the bundle recommends, else nothing.
    weights: tuple[float, float] | None = None
    #: False leaves the prior away, and with it the picture.
    prior: bool = True
    #: Steps and guidance scale of the prior; None is the bundle's.
    prior_steps: int | None = None
    prior_scale: float | None = None
    #: Says nothing of guidance: the SDK then takes the bundle's scale and share of guided steps, which `scale` and `conditional` repeat.
    usual: bool = False

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

#: Those of a bundle with CLIP and a prior.
CLIP_LOGITS = (
    LogitsCase("clip-texts", ("", KING, GLASSES), (1.0, 0.4)),
    LogitsCase("pictured", (KING, ""), (0.5, 0.9), pictured=True),
    LogitsCase("weighted", (KING, PERSON), (0.3,), weight=1.2, image_weight=0.4, pictured=True),
    LogitsCase("weighted-without-picture", (KING,), (0.6,), weight=1.2),
    LogitsCase("three-bytes", ("ab", KING), (0.7,), weight=3.0, image_weight=0.25, pictured=True),
    LogitsCase("eight-bytes", ("abcdefg",), (0.7,), weight=3.0, image_weight=0.25, pictured=True),
    LogitsCase("no-text", ("",), (0.2,), weight=3.0, image_weight=0.25, pictured=True),
    LogitsCase("wide", (LONG, SMILE), (0.75,), units=(1, 3), weight=1.2, image_weight=0.4, pictured=True),
)

CLIP_CASES = (
    TokenCase("recommended", (KING,), 71, conditional=5, usual=True),
    TokenCase("plain", (KING,), 72, weights=(1, 1)),
    TokenCase("prompt-only", (PERSON,), 73, scale=(1, 1), prior_scale=1),
    TokenCase("long-prior", (KING,), 74, prior_steps=25, steps=12, renoise=9, temperature=(1.2, 0.2)),
    TokenCase("unguided-prior", (KING,), 75, prior_steps=3, prior_scale=0),
    TokenCase("one-step-prior", ("a queen",), 76, prior_steps=1),
    TokenCase("without-prior", (KING,), 77, prior=False),
    TokenCase("first-steps-guided", (PERSON,), 78, steps=10, conditional=6),
    TokenCase("strong-picture", ("a man with a hat",), 79, weights=(0.5, 4)),
    TokenCase("batch", (KING, LONG), 80, images=2),
    TokenCase("negative", (PERSON,), 81, negative="glasses, beard", size=(48, 16)),
    TokenCase("king-to-queen", (KING,), 82, concepts=(Edit("male", True), Edit("female"))),
    TokenCase("concepts-momentum", (PERSON,), 83, steps=10, momentum=0.3, beta=0.6, concepts=(Edit(GLASSES, warmup=2), Edit(SMILE, warmup=4, cooldown=8))),
    TokenCase("batch-concepts", (KING, PERSON), 84, images=2, conditional=5, concepts=(Edit(SMILE), Edit("gray hair", scale=3, warmup=4))),
)
