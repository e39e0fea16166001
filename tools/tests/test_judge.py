"""The committed judge loads and agrees with the drawings; the report adds up."""

import numpy as np

from faces.attributes import ATTRIBUTES, Face
from faces.render import render
from judge import Judge, card
from report import measure


def test_the_judge_recognises_single_attributes():
    judge = Judge()
    wrong = []
    for name in ATTRIBUTES:
        pictures = np.stack([render(Face(frozenset({name}), seed=seed)) for seed in range(12)])
        wrong += [name] * int((~judge.present(pictures)[name]).sum())
    assert len(wrong) <= 2, wrong


def test_the_card_states_held_out_accuracy():
    accuracy = card()["accuracy"]
    assert all(accuracy[name] >= 0.98 for name in ATTRIBUTES), accuracy


def test_the_report_counts_success_and_unasked_changes():
    base = np.stack([render(Face(frozenset({"male"}), seed=seed)) for seed in range(10)])
    hat = np.stack([render(Face(frozenset({"male", "hat"}), seed=seed)) for seed in range(10)])
    both = np.stack([render(Face(frozenset({"male", "glasses", "smile"}), seed=seed)) for seed in range(10)])
    result = measure({"base": base, "hat": hat, "glasses": both}, "stable-diffusion", Judge())
    assert result["cases"]["hat"]["success"] >= 0.9 and result["cases"]["hat"]["unasked"] <= 0.02
    assert result["cases"]["glasses"]["changes"]["smile"] >= 0.9
    assert result["cases"]["glasses"]["already"] == 0
