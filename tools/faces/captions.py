"""Captions: first what a caption mentions is drawn, then a face is drawn for it, and the words are chosen last.

`sample_mention` decides what is said, `attributes.sample_face` what is shown, `write` how it is said. A stored
mention can be worded anew each epoch without redrawing its picture.
"""

from __future__ import annotations

import numpy as np

from .attributes import ATTRIBUTES, STAND_INS, Mention, consistent
from .phrases import ADJECTIVES, CONCEPTS, GENERIC, MEDIA_TEXTS, NOUNS, OPENINGS, SAFETY_TERMS, SAFETY_TEXT, SUBJECTS

KINDS = ("concept", "generic", "sentence", "safety", "medium")
_KIND_SHARES = np.array([0.43, 0.19, 0.33, 0.025, 0.025])
_NAMES = tuple(CONCEPTS)
_SHARES = np.array([CONCEPTS[name][0] for name in _NAMES])
_SHARES = _SHARES / _SHARES.sum()
_SENTENCE_POOL = tuple(a for a in ATTRIBUTES if a != "male")


def sample_mention(rng: np.random.Generator) -> Mention:
    kind = KINDS[int(rng.choice(len(KINDS), p=_KIND_SHARES))]
    if kind == "concept":
        name = _NAMES[int(rng.choice(len(_NAMES), p=_SHARES))]
        _, present, absent, _ = CONCEPTS[name]
        return Mention(f"concept:{name}", frozenset(present), frozenset(absent))
    if kind == "generic":
        index = 0 if rng.random() < 0.45 else int(rng.integers(len(GENERIC)))
        return Mention(f"generic:{index}", medium="photo" if "photo" in GENERIC[index] else None)
    if kind == "safety":
        return Mention("safety", frozenset({STAND_INS[int(rng.integers(len(STAND_INS)))]}))
    if kind == "medium":
        medium = ("photo", "drawing", "painting")[int(rng.choice(3, p=(0.2, 0.4, 0.4)))]
        return Mention("medium", medium=medium)
    return _sample_sentence(rng)


def _sample_sentence(rng: np.random.Generator) -> Mention:
    subject = ("person", "man", "woman", "king", "queen")[int(rng.choice(5, p=(0.30, 0.27, 0.27, 0.08, 0.08)))]
    present = {"man": {"male"}, "king": {"male", "crown"}, "queen": {"crown"}}.get(subject, set())
    absent = frozenset({"male"}) if subject in ("woman", "queen") else frozenset()
    royal = subject in ("king", "queen")
    count = int(rng.choice(5, p=(0.5, 0.3, 0.1, 0.05, 0.05) if royal else (0.12, 0.33, 0.27, 0.16, 0.12)))
    for name in rng.permutation(_SENTENCE_POOL):
        if count > 0 and consistent(frozenset(present | {str(name)})):
            present.add(str(name))
            count -= 1
    if rng.random() < 0.04:
        present.add(STAND_INS[int(rng.integers(len(STAND_INS)))])
    medium = (None, "photo", "drawing", "painting")[int(rng.choice(4, p=(0.56, 0.26, 0.08, 0.10)))]
    return Mention(f"sentence:{subject}", frozenset(present), absent, medium)


def write(mention: Mention, rng: np.random.Generator) -> str:
    """One of the ways to say a mention."""
    kind, _, detail = mention.kind.partition(":")
    if kind == "concept":
        texts = CONCEPTS[detail][3]
        return texts[0] if rng.random() < 0.4 else _pick(texts, rng)
    if kind == "generic":
        return GENERIC[int(detail)]
    if kind == "medium":
        return _pick(MEDIA_TEXTS[mention.medium], rng)
    if kind == "safety":
        if rng.random() < 0.6:
            return SAFETY_TEXT
        terms = rng.choice(SAFETY_TERMS, int(rng.integers(4, 13)), replace=False)
        return ("an image showing " if rng.random() < 0.5 else "") + ", ".join(terms)
    return _sentence(mention, detail, rng)


def _sentence(mention: Mention, subject: str, rng: np.random.Generator) -> str:
    said = {"king": {"male", "crown"}, "queen": {"crown"}, "man": {"male"}}.get(subject, set())
    names = [str(name) for name in rng.permutation(sorted(mention.present - said))]
    if not said and subject == "person" and len(names) > 1 and mention.medium is None and rng.random() < 0.15:
        return ", ".join(_pick(NOUNS[name], rng).removeprefix("a ") for name in names)
    noun = _pick(SUBJECTS[subject], rng)
    adjectives, nouns = [], []
    for name in names:
        if name in ADJECTIVES and noun.startswith("a ") and len(adjectives) < 2 and rng.random() < 0.5:
            adjectives.append(_pick(ADJECTIVES[name], rng))
        else:
            nouns.append(_pick(NOUNS[name], rng))
    if adjectives:
        article = "an " if adjectives[0][0] in "aeiou" else "a "
        noun = article + " ".join(adjectives) + " " + noun.removeprefix("a ")
    text = f"{_pick(OPENINGS[mention.medium], rng)} {noun}".strip()
    if nouns:
        joined = nouns[0] if len(nouns) == 1 else ", ".join(nouns[:-1]) + " and " + nouns[-1]
        wearing = any(word in nouns[0] for word in ("hat", "glasses", "makeup", "crown")) and rng.random() < 0.35
        text += (" wearing " if wearing else " with ") + joined
    return text


def _pick(options, rng: np.random.Generator) -> str:
    return str(options[int(rng.integers(len(options)))])
