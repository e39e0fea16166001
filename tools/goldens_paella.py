"""Runs an independent Paella in plain torch and records its logits, and the tokens of whole runs after every step.

    python tools/goldens_paella.py --published <work>/random-paella --bundle adapters/paella/test/fixtures/random-paella --out test/vectors/paella-parity
    python tools/goldens_paella.py --published <work>/random-paella-clip --bundle adapters/paella/test/fixtures/random-paella-clip \\
        --out test/vectors/paella-clip-parity
    python tools/goldens_paella.py --bundle packages/tiny-faces/bundle/paella --out test/vectors/paella-trained-parity

The weights are those of `--published`, or those in the bundle's graphs; `--bundle` is their export, which the test runs. Of the trained
model there are logits alone: of 1,024 tokens one or another is nearly always decided by a rounding, and others follow. Writes cases.json (settings, offsets),
logits.bin (float32: for each case, every `stride`-th value of each row), tokens.bin (uint16: for each case of logits the grids, for each
run the first grid and the one after every step, re-noised tokens included) and pictures.bin (uint8, every `stride`-th value of each
picture [height, width, 3]). For networks with CLIP and a prior, also embeddings.bin (float32: for each case of logits the picture's
embedding, for each run the prior's first state and the one after every step). All are little-endian.

Picture k draws from `torch.Generator("cpu").manual_seed(seed + k)`: first randint(0, codes) for each position, in rows. Step i, where
t_i = 1 − i / steps, draws u = rand for each position when it samples, and the token is the number of codes whose cumulated probability,
in double precision, is not above u; if it re-noises it then draws m = rand for each position, and those with m ≤ t_(i+1) get the first
token again. `argmax` and `quantized` draw no u. Where there is a prior, the picture's generator first draws its state, randn(embedding), and one more
such for each of its steps but the last; the first tokens come after. Texts are encoded and predicted one by one, so no text of bytes is
ever padded.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from transformers import CLIPTokenizer

from assemble_paella import Published, Shipped
from goldens_if import SemanticGuidance
from golden_cases_paella import CASES, CLIP_CASES, CLIP_LOGITS, LOGITS, LogitsCase, TokenCase

KEPT_LOGITS, KEPT_PIXELS = 1024, 4096  # of a row, of a picture


class TokenGuidance(SemanticGuidance):
    """The paper's equations on logits [pictures, codes, height, width], with one of four masks."""

    def tail(self, concept, estimate: torch.Tensor, unconditional: torch.Tensor) -> torch.Tensor:
        sign, kind, share = -1 if concept.away else 1, self.case.mask, concept.threshold
        if kind == "token":
            estimate, unconditional = estimate.log_softmax(1), unconditional.log_softmax(1)
        scaled = sign * concept.scale * (estimate - unconditional)
        if kind == "token":
            score = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
            kept = score >= torch.quantile(score.flatten(1), share, dim=1)[:, None, None, None]
        elif kind == "element":
            kept = scaled.abs() >= torch.quantile(scaled.abs().flatten(2), share, dim=2)[..., None, None]
        elif kind == "joint":
            kept = scaled.abs() >= torch.quantile(scaled.abs().flatten(1), share, dim=1)[:, None, None, None]
        else:
            kept = torch.tensor(True)
        return concept.weight * torch.where(kept, scaled, 0.0)


class Recorded(NamedTuple):
    """What a run went through."""

    #: The prior's states, [steps + 1, pictures, channels].
    states: torch.Tensor | None
    #: [steps + 1, pictures, height, width]
    grids: torch.Tensor
    pictures: np.ndarray


class PriorSampler:
    """The published way from noise to an embedding of a picture: T steps between r_0 = 1 − 1/(T + 1) and r_T = 0."""

    def __init__(self, network, steps: int, scale: float):
        self.network, self.steps, self.scale = network, steps, scale

    @staticmethod
    def kept(r: float) -> float:
        """ᾱ: how much of the signal is left."""
        cosine = lambda share: math.cos((share + 0.008) / 1.008 * math.pi / 2) ** 2
        return min(max(cosine(r) / cosine(0.0), 1e-4), 0.9999)

    def run(self, text: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """States [steps + 1, channels] for the embedding [1, channels] of a text."""
        draw = lambda: torch.randn(text.shape[1], generator=generator)[None]
        rates = [1 - (k + 1) / (self.steps + 1) for k in range(self.steps + 1)]
        x = draw()
        states = [x]
        for now, then in zip(rates, rates[1:]):
            r = torch.tensor([now], dtype=torch.float32)
            noise = torch.lerp(self.network(x, r, torch.zeros_like(text)), self.network(x, r, text), self.scale)
            ratio = self.kept(now) / self.kept(then)
            x = math.sqrt(1 / ratio) * (x - (1 - ratio) * noise / math.sqrt(1 - self.kept(now)))
            if then != 0:
                x = x + math.sqrt((1 - ratio) * (1 - self.kept(then)) / (1 - self.kept(now))) * draw()
            states.append(x)
        return torch.cat(states)


class Reference:
    """The networks in torch, and the bundle's sizes."""

    def __init__(self, parts: Shipped | Published, manifest: dict):
        self.tokenizer, self.text, self.denoiser, self.vqgan = parts.tokenizer, parts.text, parts.denoiser, parts.vqgan
        self.clip, self.prior = parts.clip, parts.prior
        self.clip_tokenizer = None if self.clip is None else CLIPTokenizer.from_pretrained(parts.clip_tokenizer)
        self.codes, self.factor, self.divisor = (manifest["codebook"][name] for name in ("codes", "factor", "divisor"))
        self.size = manifest["defaults"]["width"], manifest["defaults"]["height"]
        self.prior_settings = manifest.get("prior")
        recommended = manifest.get("attentionWeights", {"text": 1.0, "image": 1.0})
        self.weights = recommended["text"], recommended["image"]
        self._states: dict[str, torch.Tensor] = {}
        self._embeddings: dict[str, torch.Tensor] = {}

    def states(self, text: str) -> torch.Tensor:
        """ByT5's, [1, tokens, channels]."""
        if text not in self._states:
            ids = torch.tensor([self.tokenizer(text).input_ids])
            self._states[text] = self.text(input_ids=ids).last_hidden_state
        return self._states[text]

    def embedding(self, text: str) -> torch.Tensor:
        """CLIP's, [1, channels]."""
        if text not in self._embeddings:
            ids = self.clip_tokenizer(text, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
            self._embeddings[text] = self.clip(ids).text_embeds
        return self._embeddings[text]

    def predict(self, tokens: torch.Tensor, r: torch.Tensor, text: str, weights: tuple[float, float] = (1.0, 1.0), image: torch.Tensor | None = None) -> torch.Tensor:
        """Logits of one text for all grids; `image` [1, channels] is the embedding of a picture."""
        states = self.states(text)
        condition = self.denoiser.condition(states, None if self.clip is None else self.embedding(text), image)
        weight = torch.ones(condition.shape[1])
        if image is None:
            weight[:] = weights[0]
        else:  # as published: counted from the end, over as many columns as the text has bytes
            last = torch.full((states.shape[1],), float(weights[0]))
            last[-4:] = weights[1]
            weight[-len(last) :] = last
        each = lambda values: values.expand(len(tokens), *values.shape[1:])
        return self.denoiser(tokens, r, each(condition), weight=each(weight[None]))

    def pictures(self, tokens: torch.Tensor) -> np.ndarray:
        return (self.vqgan.decode(tokens).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()

    def logits(self, case: LogitsCase, number: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Tokens [pictures, height, width], logits [texts · pictures, codes, height, width], and the picture's embedding."""
        height, width = (self.divisor * n for n in case.units) if case.units else (n // self.factor for n in self.size[::-1])
        generator = torch.Generator().manual_seed(1000 + number)
        tokens = torch.randint(0, self.codes, (len(case.r), height, width), generator=generator)
        image = torch.randn(1, self.denoiser.config.clip_channels, generator=generator) if case.pictured else None
        of_prompt = {"weights": (case.weight, case.image_weight), "image": image}
        logits = [self.predict(tokens, torch.tensor(case.r), text, **({} if i else of_prompt)) for i, text in enumerate(case.texts)]
        return tokens, torch.cat(logits), image

    def run(self, case: TokenCase) -> Recorded:
        prompts = [prompt for prompt in case.prompts for _ in range(case.images)]
        width, height = (n // self.factor for n in case.size or self.size)
        draws = [torch.Generator("cpu").manual_seed(case.seed + k) for k in range(len(prompts))]
        states = self.embeddings(case, prompts, draws)
        images = [None if states is None else states[-1, k : k + 1] for k in range(len(prompts))]
        uniform = lambda: torch.stack([torch.rand(height * width, generator=g).view(height, width) for g in draws]).double()
        first = torch.stack([torch.randint(0, self.codes, (height * width,), generator=g).view(height, width) for g in draws])
        last = case.steps - 1
        renoised = last if case.renoise is None else case.renoise
        guided = case.steps if case.conditional is None else case.conditional
        weights = case.weights or self.weights
        between = lambda ends, i: ends[0] + (ends[1] - ends[0]) * i / max(last, 1)
        guidance, tokens, grids = TokenGuidance(case), first, [first]
        for i in range(case.steps):
            r = torch.full((len(prompts),), 1 - i / case.steps)
            each = lambda text: self.predict(tokens, r, text)
            logits = torch.cat([self.predict(tokens[k : k + 1], r[:1], prompt, weights, images[k]) for k, prompt in enumerate(prompts)])
            if i < guided:
                scale, unconditional = between(case.scale, i), each(case.negative)
                gamma = guidance(unconditional, [each(c.text) for c in case.concepts]) if case.concepts else 0.0
                logits = (logits if scale == 1 else unconditional + scale * (logits - unconditional)) + gamma
            tokens = self.choose(case.mode, logits, between(case.temperature, i), uniform)
            if i < renoised:
                tokens = torch.where(uniform() <= 1 - (i + 1) / case.steps, first, tokens)
            grids.append(tokens)
        return Recorded(states, torch.stack(grids), self.pictures(tokens))

    def embeddings(self, case: TokenCase, prompts: list[str], draws: list[torch.Generator]) -> torch.Tensor | None:
        """The prior's states [steps + 1, pictures, channels], if it runs."""
        if self.prior is None or not case.prior:
            return None
        steps, scale = (self.prior_settings[name] if own is None else own for name, own in (("steps", case.prior_steps), ("scale", case.prior_scale)))
        sampler = PriorSampler(self.prior, steps, scale)
        return torch.stack([sampler.run(self.embedding(prompt), draw) for prompt, draw in zip(prompts, draws)], 1)

    def choose(self, mode: str, logits: torch.Tensor, temperature: float, uniform) -> torch.Tensor:
        if mode == "argmax":
            return logits.argmax(1)
        shares = (logits.double() / temperature).softmax(1)
        if mode == "multinomial":
            return (shares.cumsum(1) <= uniform()[:, None]).sum(1).clamp(max=self.codes - 1)
        vectors = self.vqgan.vquantizer.codebook.weight.double()
        means = torch.einsum("bkhw,kc->bhwc", shares, vectors)
        return torch.cdist(means.flatten(0, 2), vectors).argmin(1).view(means.shape[:3])


def steady(case: TokenCase, reference: Reference) -> tuple[TokenCase, Recorded]:
    """The case with the first seed, counting up in hundreds, whose grids survive another runtime's rounding: where a uniform number
    ties with a cumulated probability or a value with a threshold, the reference does not reproduce itself either."""
    noise = torch.Generator("cpu")

    def rounded_otherwise(module, inputs, output):
        return output + 1e-5 * (1 + output.abs()) * torch.randn(output.shape, generator=noise)

    for attempt in range(30):
        tried = replace(case, seed=case.seed + 100 * attempt)
        recorded = reference.run(tried)
        hooks = [network.register_forward_hook(rounded_otherwise) for network in (reference.denoiser, reference.prior) if network is not None]
        try:
            same = all(torch.equal(reference.run(tried).grids, recorded.grids) for k in range(4) if noise.manual_seed(k))
        finally:
            for hook in hooks:
                hook.remove()
        if same:
            return tried, recorded
    raise SystemExit(f"{case.name}: no seed is stable under rounding.")


class Values:
    """Arrays one after the other in one file."""

    def __init__(self, dtype: str):
        self.dtype, self.parts, self.size = dtype, [], 0

    def add(self, values: np.ndarray, kept: int | None = None) -> dict:
        """Where the values are; with `kept`, about so many of each row, an odd number apart so that no column is left out."""
        stride = 1 if kept is None else max(1, values[0].size // kept) | 1
        rows = values if kept is None else values.reshape(len(values), -1)[:, ::stride]
        record = {"offset": self.size, "shape": list(rows.shape), **({} if kept is None else {"stride": stride})}
        self.parts.append(np.ascontiguousarray(rows, dtype=self.dtype).ravel())
        self.size += rows.size
        return record

    def write(self, path: Path) -> None:
        np.concatenate(self.parts).tofile(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = Published(arguments.published) if arguments.published else Shipped(arguments.bundle)
    reference = Reference(parts, json.loads((arguments.bundle / "bundle.json").read_text()))
    logits, tokens, pictures, embeddings = Values("<f4"), Values("<u2"), Values("u1"), Values("<f4")
    embedded = lambda values: {} if values is None else {"embedding": embeddings.add(values.numpy())}
    predictions, runs = [], []
    of_logits, of_runs = (LOGITS, CASES) if reference.clip is None else (CLIP_LOGITS, CLIP_CASES)
    if not arguments.published:
        of_runs = ()
    for number, case in enumerate(of_logits):
        grids, values, image = reference.logits(case, number)
        predictions.append({**case.settings(), "tokens": tokens.add(grids.numpy()), "logits": logits.add(values.numpy(), KEPT_LOGITS), **embedded(image)})
    for case in of_runs:
        settled, run = steady(case, reference)
        runs.append({**settled.settings(), "tokens": tokens.add(run.grids.numpy()), "pictures": pictures.add(run.pictures, KEPT_PIXELS), **embedded(run.states)})
        print(case.name, settled.seed, tuple(run.grids.shape), f"{(run.grids[-1] != run.grids[0]).float().mean():.0%} of the tokens changed", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, values in (("logits", logits), ("tokens", tokens), ("pictures", pictures), ("embeddings", embeddings)):
        if values.size:
            values.write(arguments.out / f"{name}.bin")
    root = Path(__file__).resolve().parent.parent
    header = {
        "torch": torch.__version__.split("+")[0], "offsets": "in elements", "bundle": arguments.bundle.resolve().relative_to(root).as_posix(),
        "logits": predictions, "cases": runs,
    }
    (arguments.out / "cases.json").write_text(json.dumps(header, indent=1) + "\n")
    print(sum(p.stat().st_size for p in arguments.out.iterdir()), "bytes")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
