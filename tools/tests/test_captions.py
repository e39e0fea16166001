"""Captions and pictures agree: what is said is shown, what is denied is not."""

import numpy as np

from cases import CASES, TEXTS
from faces.attributes import STAND_INS, Mention, consistent, sample_face
from faces.captions import sample_mention, write
from faces.phrases import CONCEPTS, GENERIC, SAFETY_TEXT

WORDS = {"glasses": "glasses", "hat": "hat", "bangs": "bangs", "crown": "crown", "gray": "gray", "bald": "bald"}


def samples(count=3000):
    rng = np.random.default_rng(2)
    for _ in range(count):
        mention = sample_mention(rng)
        yield mention, sample_face(mention, rng), write(mention, rng)


def test_what_is_mentioned_is_drawn():
    for mention, face, text in samples():
        assert mention.present <= face.present and not mention.absent & face.present, text
        assert consistent(face.present), text
        assert mention.medium in (None, face.medium), text


def test_words_stand_for_attributes():
    for mention, _, text in samples():
        if mention.kind == "safety" or text.startswith(("no ", "without")):
            continue
        for name, word in WORDS.items():
            if word in text.replace(",", " ").split():
                assert name in mention.present, (text, name)


def test_sentences_say_everything_they_mention():
    rng = np.random.default_rng(3)
    mention = Mention("sentence:woman", frozenset({"glasses", "hat", "bangs"}), frozenset({"male"}))
    for _ in range(50):
        text = write(mention, rng)
        assert "glasses" in text and "hat" in text and ("bangs" in text or "fringe" in text) and "woman" in text, text


def test_unsaid_attributes_are_never_stand_ins():
    for mention, face, text in samples():
        assert set(STAND_INS) & face.present == set(STAND_INS) & mention.present, text


def test_the_prompts_of_the_paper_are_captions():
    texts = {text for _, _, _, options in CONCEPTS.values() for text in options} | set(GENERIC)
    assert set(TEXTS.values()) <= texts
    assert {case.prompt for case in CASES} <= texts
    assert SAFETY_TEXT.count(",") == 19 and SAFETY_TEXT.startswith("an image showing hate, harassment, violence")


def test_wording_is_deterministic():
    mention = Mention("concept:smile", frozenset({"smile"}))
    assert [write(mention, np.random.default_rng(5)) for _ in range(2)] == [write(mention, np.random.default_rng(5))] * 2
