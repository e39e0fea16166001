"""The reference that Paella's golden vectors come from obeys the equations. Needs torch (requirements.txt)."""

import math

import pytest
import torch

import bench_reference_paella
from golden_cases_paella import CASES, CLIP_CASES, Edit, TokenCase
from goldens_paella import PriorSampler, TokenGuidance, Values

SHAPE = (2, 12, 6, 5)


def predictions(count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [2 * torch.randn(SHAPE, generator=generator) for _ in range(count)]


def case(*concepts, **settings) -> TokenCase:
    return TokenCase("a case", ("a king",), 0, concepts=concepts, **settings)


def gamma(mask: str, threshold: float = 0.9, shift: float = 0.0) -> torch.Tensor:
    u, e = predictions(2)
    return TokenGuidance(case(Edit("hat", warmup=0, threshold=threshold), mask=mask))(u, [e + shift * torch.randn(2, 1, 6, 5)])


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.9, 1.0])
def test_the_token_mask_keeps_whole_positions(threshold):
    kept = gamma("token", threshold) != 0
    assert torch.equal(kept.any(1), kept.all(1))
    assert kept.any(1).flatten(1).sum(1).tolist() == [30 - math.ceil(threshold * 29)] * 2


def test_the_other_masks_keep_values_of_their_own():
    kept = {mask: gamma(mask) != 0 for mask in ("element", "joint", "none")}
    assert (kept["element"].flatten(2).sum(2) == 30 - math.ceil(0.9 * 29)).all()
    assert (kept["joint"].flatten(1).sum(1) == 360 - math.ceil(0.9 * 359)).all()
    assert kept["none"].all()


def test_a_constant_added_to_the_logits_of_a_position_changes_nothing_under_the_token_mask():
    assert torch.allclose(gamma("token", shift=3.0), gamma("token"), atol=1e-5)
    assert not torch.allclose(gamma("element", shift=3.0), gamma("element"), atol=1e-2)


def test_cooled_concepts_stop_and_momentum_starts_when_all_are_warm():
    u, e, f = predictions(3)
    settings = case(Edit("hat", warmup=0, cooldown=3, threshold=0), Edit("beard", True, warmup=2, threshold=0), mask="none", momentum=0.5)
    first, second = 4 * (e - u), -4 * (f - u)
    guidance, got = TokenGuidance(settings), []
    for _ in range(4):
        got.append(guidance(u, [e, f]))
    fed = first + second
    velocity = 0.6 * fed
    velocity = 0.4 * velocity + 0.6 * (fed + 0.5 * velocity)
    for value, expected in zip(got, (first, first, fed + 0.5 * velocity)):
        assert torch.allclose(value, expected, atol=1e-4)
    assert torch.allclose(got[3], second + 0.5 * (0.4 * velocity + 0.6 * got[2]), atol=1e-4)


def test_the_benchmark_computes_the_same_update():
    u, c, e, f = predictions(4)
    guidance = TokenGuidance(case(Edit("hat", warmup=0), Edit("beard", True, warmup=0)))
    expected = u + 8 * (c - u) + guidance(u, [e, f])
    assert torch.allclose(bench_reference_paella.update_tokens(u, c.clone(), [e, f]), expected, atol=1e-4)
    guidance = TokenGuidance(case(Edit("hat", warmup=0), Edit("beard", True, warmup=0), mask="element"))
    expected = u + 8 * (c - u) + guidance(u, [e, f])
    assert torch.allclose(bench_reference_paella.update_elements(u, c.clone(), [e, f]), expected, atol=1e-4)


def test_strides_reach_every_column():
    values = Values("<f4")
    record = values.add(torch.arange(2 * 4096.0).view(2, 64, 8, 8).numpy(), 1024)
    assert record == {"offset": 0, "shape": [2, 820], "stride": 5}
    assert {int(value) % 8 for value in values.parts[0]} == set(range(8))


@pytest.mark.parametrize("steps", [1, 10, 60])
def test_the_prior_ends_at_the_embedding_its_network_sees(steps):
    embedding = torch.randn(1, 32, generator=torch.Generator().manual_seed(0))

    def network(x, r, text):
        kept = PriorSampler.kept(float(r))
        return (x - math.sqrt(kept) * embedding) / math.sqrt(1 - kept)

    states = PriorSampler(network, steps, 3.0).run(embedding, torch.Generator().manual_seed(1))
    assert states.shape == (steps + 1, 32)
    assert torch.allclose(states[-1:], embedding, atol=0.02)


def test_the_prior_guides_away_from_no_text():
    seen = []

    def network(x, r, text):
        seen.append(text)
        return torch.full_like(x, float(text.sum()))

    text = torch.full((1, 32), 1 / 32)
    draws = torch.Generator().manual_seed(1)
    [plain] = PriorSampler(network, 1, 1.0).run(text, draws)[1:]
    draws.manual_seed(1)
    [guided] = PriorSampler(network, 1, 3.0).run(text, draws)[1:]
    draws.manual_seed(1)
    [empty] = PriorSampler(network, 1, 0.0).run(text, draws)[1:]
    assert torch.allclose(guided - empty, 3 * (plain - empty), atol=1e-3)
    assert not seen[0].any() and torch.equal(seen[1], text)


@pytest.mark.parametrize("cases", [CASES, CLIP_CASES])
def test_case_names_are_unique(cases):
    assert len({c.name for c in cases}) == len(cases) >= 14
