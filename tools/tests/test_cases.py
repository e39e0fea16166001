"""The quality report draws with the defaults of the bundles in the box, so that its figures are those of what users get."""

import json
from pathlib import Path

import pytest

from cases import CASES, SETTINGS, command

BUNDLES = Path(__file__).parents[2] / "packages/tiny-faces/bundle"


@pytest.mark.parametrize("family", SETTINGS)
def test_settings_are_the_defaults_of_the_bundle(family):
    manifest, setting = json.loads((BUNDLES / family / "bundle.json").read_text()), SETTINGS[family]
    defaults = {**manifest["defaults"], **manifest.get("stages", {}).get("I", {})}  # of a cascade, what concepts act on
    assert (setting["steps"], setting["scale"]) == (defaults.get("timesteps", defaults.get("steps")), defaults["scale"])
    assert {"scale": setting["concept_scale"], "threshold": setting["threshold"], "warmup": setting["warmup"]} == defaults["concept"]


def test_every_case_with_concepts_states_its_settings():
    for case in CASES:
        line = command(case, "paella", 1, 0)
        assert line.count("@scale=") == len(case.concepts)
        assert ("--momentum" in line) == bool(case.concepts)
