"""The untrained Paella in ONNX Runtime: its graphs take any size, and draw what the golden vectors recorded in torch."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "test/vectors/paella-parity"
BUNDLE = ROOT / "adapters/paella/test/fixtures/random-paella"
MANIFEST = json.loads((BUNDLE / "bundle.json").read_text())
GOLDENS = json.loads((VECTORS / "cases.json").read_text())


@cache
def graph(role: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(BUNDLE / MANIFEST["components"][role]), providers=["CPUExecutionProvider"])


def run(role: str, **inputs: np.ndarray) -> np.ndarray:
    return graph(role).run(None, inputs)[0]


@cache
def condition(text: str) -> np.ndarray:
    return run("textEncoder", input_ids=np.array([[*(byte + 3 for byte in text.encode()), 1]]))[0]


def predict(tokens: np.ndarray, r: np.ndarray, texts: list[list[str]], weight: float = 1.0) -> np.ndarray:
    """Logits [branches, pictures, codes, height, width] of all branches in one batch; `texts` of each branch for every picture."""
    rows = [condition(text) for branch in texts for text in branch]
    longest = max(map(len, rows))
    padded = np.stack([np.pad(row, ((0, longest - len(row)), (0, 0))) for row in rows])
    bias = np.stack([np.where(np.arange(longest) < len(row), 0, -1e4) for row in rows]).astype(np.float32)
    stress = np.full(bias.shape, weight, np.float32)
    logits = run("denoiser", tokens=tokens, r=r.astype(np.float32), condition=padded, condition_bias=bias, condition_weight=stress)
    return logits.reshape(len(texts), len(tokens), *logits.shape[1:])


class Draws:
    """torch's CPU generator."""

    def __init__(self, seed: int):
        self.bits = np.random.MT19937()
        self.bits._legacy_seeding(seed)

    def integers(self, below: int, shape: tuple[int, int]) -> np.ndarray:
        return (self.bits.random_raw(shape[0] * shape[1]) % below).astype(np.int64).reshape(shape)

    def uniform(self, shape: tuple[int, int]) -> np.ndarray:
        return ((self.bits.random_raw(shape[0] * shape[1]) & 0xFFFFFF) / 2**24).reshape(shape)


def recorded(name: str, dtype: str, record: dict) -> np.ndarray:
    values = np.fromfile(VECTORS / f"{name}.bin", dtype)
    return values[record["offset"] :][: np.prod(record["shape"])].reshape(record["shape"])


@pytest.mark.parametrize("case", GOLDENS["logits"], ids=lambda case: case["name"])
def test_logits_of_all_branches_in_one_batch_equal_those_of_each_by_itself(case):
    tokens = recorded("tokens", "<u2", case["tokens"]).astype(np.int64)
    logits = predict(tokens, np.array(case["r"]), [[text] * len(tokens) for text in case["texts"]], case["weight"])
    kept = logits.reshape(len(case["texts"]) * len(tokens), -1)[:, :: case["logits"]["stride"]]
    assert np.abs(kept - recorded("logits", "<f4", case["logits"])).max() < 1e-4


@pytest.mark.parametrize("case", [case for case in GOLDENS["cases"] if not case["concepts"]], ids=lambda case: case["name"])
def test_whole_runs_draw_the_recorded_tokens(case):
    prompts = [prompt for prompt in case["prompts"] for _ in range(case["images"])]
    width, height = (n // MANIFEST["codebook"]["factor"] for n in case["size"] or (MANIFEST["defaults"][side] for side in ("width", "height")))
    draws = [Draws(case["seed"] + k) for k in range(len(prompts))]
    each = lambda draw: np.stack([draw(d) for d in draws])
    steps, last = case["steps"], case["steps"] - 1
    renoised = last if case["renoise"] is None else case["renoise"]
    guided = steps if case["conditional"] is None else case["conditional"]
    between = lambda ends, i: ends[0] + (ends[1] - ends[0]) * i / last
    tokens = first = each(lambda d: d.integers(MANIFEST["codebook"]["codes"], (height, width)))
    grids = [first]
    for i in range(steps):
        unconditional, prompt = predict(tokens, np.full(len(prompts), 1 - i / steps), [[case["negative"]] * len(prompts), prompts])
        scale, temperature = between(case["scale"], i), between(case["temperature"], i)
        logits = prompt if i >= guided or scale == 1 else unconditional + np.float32(scale) * (prompt - unconditional)
        if case["mode"] == "argmax":
            tokens = logits.argmax(1)
        elif case["mode"] == "quantized":
            tokens = run("quantizer", logits=logits, temperature=np.array(temperature, np.float32))
        else:
            shares = np.exp(logits.astype(np.float64) / temperature)
            cumulated = (shares / shares.sum(1, keepdims=True)).cumsum(1)
            tokens = (cumulated <= each(lambda d: d.uniform((height, width)))[:, None]).sum(1)
        if i < renoised:
            tokens = np.where(each(lambda d: d.uniform((height, width))) <= 1 - (i + 1) / steps, first, tokens)
        grids.append(tokens)
    assert np.array_equal(np.stack(grids), recorded("tokens", "<u2", case["tokens"]))
    pixels = np.round(run("decoder", tokens=tokens) * 255).transpose(0, 2, 3, 1).reshape(len(prompts), -1)[:, :: case["pictures"]["stride"]]
    assert np.abs(pixels - recorded("pictures", "u1", case["pictures"]).astype(int)).max() <= 1


@pytest.mark.parametrize("bundle", [BUNDLE, BUNDLE.with_name("random-paella-clip")], ids=lambda bundle: bundle.name)
def test_the_manifest_lists_every_file(bundle):
    manifest = json.loads((bundle / "bundle.json").read_text())
    files = {path.relative_to(bundle).as_posix(): path.stat().st_size for path in bundle.rglob("*") if path.is_file() and path.name != "bundle.json"}
    assert files == {name: record["bytes"] for name, record in manifest["files"].items()}
    assert sum(files.values()) < 900_000
    config = json.loads((bundle / "decoder/config.json").read_text())
    assert config == {name: manifest["codebook"][name] for name in ("codes", "factor")}


def test_the_logits_depend_on_text_tokens_and_time():
    tokens, other = np.zeros((1, 8, 8), np.int64), np.full((1, 8, 8), 7)
    base = predict(tokens, np.array([0.5]), [["a king"]])
    changes = [predict(other, np.array([0.5]), [["a king"]]), predict(tokens, np.array([0.4]), [["a king"]]), predict(tokens, np.array([0.5]), [["hat"]])]
    assert all(np.std(changed - base) > 0.05 for changed in changes)
