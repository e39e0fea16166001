"""What the quality report generates: prompts, concepts, and what the judge should then see."""

from __future__ import annotations

from dataclasses import dataclass

PROMPT = "an image of the face of a random person"

#: For each model, one setting for every attribute.
SETTINGS = {
    "stable-diffusion": {"steps": 25, "scale": 3.5, "concept_scale": 6.0, "threshold": 0.9, "warmup": 2, "momentum": 0.0, "beta": 0.4},
    "deepfloyd-if": {"steps": "smart27", "scale": 3.5, "concept_scale": 6.0, "threshold": 0.9, "warmup": 2, "momentum": 0.0, "beta": 0.4},
    "paella": {"steps": 22, "scale": 1.5, "concept_scale": 3.0, "threshold": 0.9, "warmup": 5, "momentum": 0.2, "beta": 0.4},
}

#: The case whose stage I is kept too: does stage II keep what stage I drew?
KEPT = "glasses"

#: The paper's texts.
TEXTS = {
    "male": "male", "female": "female", "glasses": "glasses, wearing glasses", "smile": "smiling, smile", "bald": "bald",
    "beard": "beard, full beard, mustache", "hat": "hat, wearing a hat", "curls": "curls, wavy hair, curly hair",
    "makeup": "makeup, wearing makeup", "gray": "gray hair", "bangs": "bangs",
}


@dataclass(frozen=True)
class Case:
    name: str
    prompt: str
    concepts: tuple[tuple[str, bool], ...]  # text, away
    expected: dict[str, bool]
    before: str | None = None
    single: bool = False


def _cases() -> list[Case]:
    cases = [Case("base", PROMPT, (), {})]
    for name, text in TEXTS.items():
        expected = {"male": False} if name == "female" else {name: True}
        cases.append(Case(name, PROMPT, ((text, False),), expected, "base", True))
    four = ("glasses", "smile", "curls", "beard")
    cases.append(Case("four", PROMPT, tuple((TEXTS[name], False) for name in four), dict.fromkeys(four, True), "base"))
    cases.append(Case("king", "a portrait of a king", (), {"male": True, "crown": True}))
    cases.append(Case("queen", "a portrait of a king", (("male", True), ("female", False)), {"male": False, "crown": True}, "king"))
    return cases


CASES = _cases()


def command(case: Case, family: str, images: int, seed: int) -> str:
    """The command line that makes a case's pictures with the SDK."""
    setting = SETTINGS[family]
    # A cascade's later stages have their own.
    steps = f"I={setting['steps']}" if family == "deepfloyd-if" else setting["steps"]
    concept = f"@scale={setting['concept_scale']:g},threshold={setting['threshold']:g},warmup={setting['warmup']}"
    parts = [f'npx sega generate "{case.prompt}" --model {family} --scale {setting["scale"]:g} --steps {steps}']
    parts += [f'--{"away" if away else "toward"} "{text}{concept}"' for text, away in case.concepts]
    if case.concepts:
        parts.append(f"--momentum {setting['momentum']:g},beta={setting['beta']:g}")
    if family == "deepfloyd-if" and case.name == KEPT:
        parts.append("--stage-images")
    return " ".join([*parts, f"--seed {seed} --images {images} --out out/report/{family}/{case.name} --json > /dev/null"])
