"""The renderer is a pure function, every attribute shows, and exclusions hold everywhere."""

import numpy as np
import pytest

from faces.attributes import BASE_RATES, EXCLUSIONS, FLAGS, MEDIA, Face, Mention, consistent, excluded_by, sample_face
from faces.render import render


def test_the_same_face_is_drawn_the_same():
    face = Face(frozenset({"male", "glasses", "beard"}), "painting", 7)
    assert np.array_equal(render(face), render(face))
    assert render(face).shape == (64, 64, 3) and render(face).dtype == np.uint8


@pytest.mark.parametrize("name", FLAGS)
def test_every_attribute_changes_the_picture(name):
    before, after = (render(Face(frozenset(names), seed=3)).astype(int) for names in ((), (name,)))
    assert (np.abs(before - after).max(-1) > 40).sum() > 20, f"{name} is hardly visible"


def test_an_attribute_leaves_the_colours_of_its_seed_alone():
    before, after = (render(Face(frozenset(names), seed=5)).astype(int) for names in ((), ("glasses",)))
    assert np.abs(before - after)[:20].max() == 0


@pytest.mark.parametrize("medium", MEDIA)
def test_media_differ(medium):
    pictures = {m: render(Face(frozenset(), m, 11)) for m in MEDIA}
    assert all(not np.array_equal(pictures[medium], pictures[m]) for m in MEDIA if m != medium)


def test_exclusions_are_symmetric_and_respected_by_the_base_rates():
    assert excluded_by("bald") == {"curls", "bangs", "gray"} and "bald" in excluded_by("gray")
    rng = np.random.default_rng(0)
    faces = [sample_face(Mention("generic:0"), rng) for _ in range(2000)]
    assert all(consistent(face.present) for face in faces)
    assert any(pair & face.present for pair in EXCLUSIONS for face in faces)


def test_unmentioned_attributes_keep_their_base_rates():
    rng = np.random.default_rng(1)
    faces = [sample_face(Mention("concept:glasses", frozenset({"glasses"})), rng) for _ in range(4000)]
    assert all(face.has("glasses") for face in faces)
    assert abs(np.mean([face.has("male") for face in faces]) - 0.5) < 0.03
    for name in ("smile", "hat", "curls", "bangs"):
        assert abs(np.mean([face.has(name) for face in faces]) - BASE_RATES[name]) < 0.03, name


def test_labels_follow_the_order_of_flags():
    assert Face(frozenset({"male", "bomb"})).labels().tolist() == [1] + [0] * (len(FLAGS) - 2) + [1]
