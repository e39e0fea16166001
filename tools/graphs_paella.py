"""The graphs of a Paella bundle.

The denoiser takes each picture's tokens once (axis `pictures`) and several texts for each (axis `rows`: all pictures' first text, then
all pictures' second one). What no text reaches is computed once per picture and then repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from graphs import Graph
from paella.denoiser import Denoiser
from paella.prior import Prior
from paella.vqgan import VqModel
from trunk_paella import SharedDenoiser

CLIP_TOKENS = 77
BATCH = {0: "batch"}


@dataclass(frozen=True)
class CheckedGraph(Graph):
    """A graph with inputs of other sizes than those it is traced with, to check it on."""

    others: tuple[dict[str, torch.Tensor], ...] = ()


class TextEncoder(nn.Module):
    """A text by itself, nothing padded: the published model was trained without an attention mask."""

    def __init__(self, text, denoiser: Denoiser):
        super().__init__()
        self.text, self.byt5_mapper, self.seq_norm = text, denoiser.byt5_mapper, denoiser.seq_norm

    def forward(self, input_ids):
        return self.seq_norm(self.byt5_mapper(self.text(input_ids=input_ids).last_hidden_state))


class RepeatedDenoiser(nn.Module):
    """What `SharedDenoiser` must compute: the published network on every row."""

    def __init__(self, model: Denoiser):
        super().__init__()
        self.model = model

    def forward(self, tokens, r, condition, condition_bias, condition_weight):
        texts = len(condition) // len(tokens)
        return self.model(tokens.repeat(texts, 1, 1), r.repeat(texts), condition, condition_bias, condition_weight)


class Decoder(nn.Module):
    def __init__(self, model: VqModel):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        return self.model.decode(tokens).clamp(0, 1)


class Quantizer(nn.Module):
    """The code nearest to the mean of the codes' vectors, each weighted with its probability."""

    def __init__(self, model: VqModel):
        super().__init__()
        self.vquantizer = model.vquantizer

    def forward(self, logits, temperature):
        shares = (logits / temperature).softmax(1).permute(0, 2, 3, 1)
        return self.vquantizer.nearest((shares @ self.vquantizer.codebook.weight).permute(0, 3, 1, 2))


class ClipTextEncoder(nn.Module):
    def __init__(self, clip, denoiser: Denoiser):
        super().__init__()
        self.clip, self.mapper = clip, Conditioner(denoiser.clip_mapper, denoiser)

    def forward(self, input_ids):
        embedding = self.clip(input_ids).text_embeds
        return embedding, self.mapper(embedding)


class Conditioner(nn.Module):
    """An embedding → its tokens of the condition."""

    def __init__(self, mapper: nn.Linear, denoiser: Denoiser):
        super().__init__()
        self.mapper, self.seq_norm, self.tokens = mapper, denoiser.seq_norm, denoiser.config.clip_tokens

    def forward(self, embedding):
        return self.seq_norm(self.mapper(embedding).unflatten(1, (self.tokens, -1)))


def text_encoder(text, denoiser: Denoiser) -> CheckedGraph:
    ids = lambda batch, length: {"input_ids": torch.randint(3, 259, (batch, length), generator=seeded())}
    tokens = {0: "batch", 1: "sequence"}
    return CheckedGraph("text_encoder", TextEncoder(text, denoiser), ids(2, 12), {"input_ids": tokens, "condition": tokens}, others=(ids(3, 41), ids(1, 1)))


def denoiser(model: Denoiser, divisor: int) -> CheckedGraph:
    def inputs(pictures: int, texts: int, height: int, width: int, sequence: int) -> dict[str, torch.Tensor]:
        generator, rows = seeded(), texts * pictures
        condition = torch.randn(rows, sequence, model.config.condition_channels, generator=generator)
        hidden = torch.arange(sequence) >= torch.randint(1, sequence + 1, (rows, 1), generator=generator)
        return {
            "tokens": torch.randint(0, model.config.codes, (pictures, height, width), generator=generator),
            "r": torch.rand(pictures, generator=generator), "condition": model.seq_norm(condition),
            "condition_bias": torch.where(hidden, -1e4, 0.0), "condition_weight": 0.5 + torch.rand(rows, sequence, generator=generator),
        }

    condition = {0: "rows", 1: "sequence"}
    axes = {
        "tokens": {0: "pictures", 1: "height", 2: "width"}, "r": {0: "pictures"}, "condition": condition, "condition_bias": condition,
        "condition_weight": condition, "logits": {0: "rows", 2: "height", 3: "width"},
    }
    size = 4 * divisor
    others = inputs(3, 4, 3 * divisor, 2 * divisor, 19), inputs(1, 1, divisor, 2 * divisor, 1), inputs(1, 3, size, divisor, 40)
    return CheckedGraph("denoiser", SharedDenoiser(model), inputs(2, 2, size, size, 7), axes, RepeatedDenoiser(model), others)


def decoder(model: VqModel) -> CheckedGraph:
    tokens = lambda *shape: {"tokens": torch.randint(0, model.config.codes, shape, generator=seeded())}
    axes = {"tokens": {0: "batch", 1: "height", 2: "width"}, "picture": {0: "batch", 2: "height_in_pixels", 3: "width_in_pixels"}}
    return CheckedGraph("decoder", Decoder(model), tokens(2, 8, 8), axes, others=(tokens(3, 5, 12), tokens(1, 1, 1)))


def quantizer(model: VqModel) -> CheckedGraph:
    inputs = lambda *shape: {"logits": 3 * torch.randn(shape[0], model.config.codes, *shape[1:], generator=seeded()), "temperature": torch.tensor(0.7)}
    plane = {0: "batch", 2: "height", 3: "width"}
    axes = {"logits": plane, "tokens": {0: "batch", 1: "height", 2: "width"}}
    return CheckedGraph("quantizer", Quantizer(model), inputs(2, 8, 8), axes, others=(inputs(3, 4, 6), inputs(1, 1, 1)))


def clip_text_encoder(clip, model: Denoiser) -> CheckedGraph:
    start, end = clip.config.bos_token_id, clip.config.eos_token_id

    def ids(*lengths: int) -> dict[str, torch.Tensor]:
        rows = torch.zeros(len(lengths), CLIP_TOKENS, dtype=torch.int64)
        for row, length in zip(rows, lengths):
            row[: length + 2] = torch.tensor([start, *range(5, 5 + length), end])
        return {"input_ids": rows}

    axes = {name: BATCH for name in ("input_ids", "embedding", "condition")}
    return CheckedGraph("clip_text_encoder", ClipTextEncoder(clip, model), ids(4, 9), axes, others=(ids(0, 30, 75), ids(1)))


def image_conditioner(model: Denoiser) -> CheckedGraph:
    embedding = lambda batch: {"embedding": torch.randn(batch, model.config.clip_channels, generator=seeded())}
    axes = {"embedding": BATCH, "condition": BATCH}
    return CheckedGraph("image_conditioner", Conditioner(model.clip_image_mapper, model), embedding(2), axes, others=(embedding(5), embedding(1)))


def prior(model: Prior) -> CheckedGraph:
    def inputs(batch: int) -> dict[str, torch.Tensor]:
        generator, channels = seeded(), model.config.clip_channels
        x, embedding = torch.randn(2, batch, channels, generator=generator)
        return {"x": x, "r": torch.rand(batch, generator=generator), "embedding": embedding}

    return CheckedGraph("prior", model, inputs(2), {name: BATCH for name in ("x", "r", "embedding", "noise")}, others=(inputs(5), inputs(1)))


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


#: Roles in a bundle's manifest by the folder of their graph.
ROLES = {
    "text_encoder": "textEncoder", "denoiser": "denoiser", "decoder": "decoder", "quantizer": "quantizer",
    "clip_text_encoder": "clipTextEncoder", "image_conditioner": "imageConditioner", "prior": "prior",
}
