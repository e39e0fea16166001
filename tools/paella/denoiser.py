"""Paella's denoiser: a grid of tokens, how far it is re-noised, and a condition → logits over the codebook for every position."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from .layers import AttentionBlock, ChannelNorm, FeedForwardBlock, ResBlock, TimeEmbedding, TimestepBlock


@dataclass(frozen=True)
class DenoiserConfig:
    """Defaults are the full-size model's (third version)."""

    codes: int = 8192
    token_channels: int = 256
    time_channels: int = 64
    patch: int = 2
    condition_channels: int = 1024
    channels: tuple[int, ...] = (640, 1280, 1280)
    heads: tuple[int, ...] = (-1, 16, 16)
    blocks: tuple[int, ...] = (6, 16, 6)
    #: Letters of block types: C convolution, T time, A attention, F feed-forward.
    levels: tuple[str, ...] = ("CT", "CTA", "CTA")
    text_channels: int = 2560
    #: None where the model has no CLIP conditioners.
    clip_channels: int | None = 1024
    clip_tokens: int = 4


class Denoiser(nn.Module):
    def __init__(self, config: DenoiserConfig):
        super().__init__()
        self.config = config
        c, widths = config, config.channels
        self.byt5_mapper = nn.Linear(c.text_channels, c.condition_channels)
        if c.clip_channels:
            self.clip_mapper = nn.Linear(c.clip_channels, c.condition_channels * c.clip_tokens)
            self.clip_image_mapper = nn.Linear(c.clip_channels, c.condition_channels * c.clip_tokens)
        self.seq_norm = nn.LayerNorm(c.condition_channels, elementwise_affine=False, eps=1e-6)
        self.time = TimeEmbedding(c.time_channels)
        self.in_mapper = nn.Sequential(nn.Embedding(c.codes, c.token_channels), nn.LayerNorm(c.token_channels, elementwise_affine=False, eps=1e-6))
        self.embedding = nn.Sequential(nn.PixelUnshuffle(c.patch), nn.Conv2d(c.token_channels * c.patch**2, widths[0], 1), ChannelNorm(widths[0]))
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        last = len(widths) - 1
        for level, width in enumerate(widths):
            parts = [nn.Sequential(ChannelNorm(widths[level - 1]), nn.Conv2d(widths[level - 1], width, 2, stride=2))] if level else []
            parts += [self._block(kind, level) for _ in range(c.blocks[level]) for kind in c.levels[level]]
            self.down_blocks.append(nn.ModuleList(parts))
        for level in reversed(range(len(widths))):
            joins = lambda i: widths[level] if level < last and i == 0 else 0  # noqa: E731
            parts = [self._block(kind, level, joins(i)) for i, kind in enumerate(c.levels[level] * c.blocks[level])]
            if level:
                parts.append(nn.Sequential(ChannelNorm(widths[level]), nn.ConvTranspose2d(widths[level], widths[level - 1], 2, stride=2)))
            self.up_blocks.append(nn.ModuleList(parts))
        self.clf = nn.Sequential(ChannelNorm(widths[0]), nn.Conv2d(widths[0], c.token_channels * c.patch**2, 1), nn.PixelShuffle(c.patch))
        self.out_mapper = nn.Sequential(ChannelNorm(c.token_channels), nn.Conv2d(c.token_channels, c.codes, 1, bias=False))
        self._initialise()

    def _block(self, kind: str, level: int, skipped: int = 0) -> nn.Module:
        c, width = self.config, self.config.channels[level]
        if kind == "C":
            return ResBlock(width, skipped)
        if kind == "A":
            return AttentionBlock(width, c.condition_channels, c.heads[level])
        return TimestepBlock(width, c.time_channels) if kind == "T" else FeedForwardBlock(width)

    def _initialise(self) -> None:
        """The published initialisation: residual branches start small, time and logits start at nothing."""
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for name in ("byt5_mapper", "clip_mapper", "clip_image_mapper"):
            if hasattr(self, name):
                nn.init.normal_(getattr(self, name).weight, std=0.02)
        nn.init.xavier_uniform_(self.embedding[1].weight, 0.02)
        nn.init.zeros_(self.clf[1].weight)
        nn.init.normal_(self.in_mapper[0].weight, std=math.sqrt(1 / self.config.codes))
        self.out_mapper[-1].weight.data = self.in_mapper[0].weight.data[:, :, None, None].clone()
        for module in self.modules():
            if isinstance(module, (ResBlock, FeedForwardBlock)):
                module.channelwise[-1].weight.data *= math.sqrt(1 / sum(self.config.blocks))
            elif isinstance(module, TimestepBlock):
                nn.init.zeros_(module.mapper.weight)

    def condition(self, text, clip=None, clip_image=None):
        """Condition tokens [batch, tokens, channels] from text states and, where the model has them, CLIP's two embeddings.

        Each token is normalised by itself, so parts may also be computed apart and joined.
        """
        parts = [self.byt5_mapper(text)]
        for value, mapper in ((clip, "clip_mapper"), (clip_image, "clip_image_mapper")):
            if value is not None:
                parts.append(getattr(self, mapper)(value).unflatten(1, (self.config.clip_tokens, -1)))
        return self.seq_norm(torch.cat(parts, 1))

    def forward(self, tokens, r, condition, bias=None, weight=None):
        """tokens [batch, height, width], r [batch]: the re-noised share within [0, 1], condition as from `condition()` → logits [batch, codes, height, width].

        `bias` and `weight` [batch, condition tokens] hide or stress tokens of the condition.
        """
        time = self.time(r)
        x = self.embedding(self.in_mapper(tokens).permute(0, 3, 1, 2))
        outputs = []
        for level in self.down_blocks:
            for block in level:
                x = through(block, x, time, condition, bias, weight)
            outputs.append(x)
        for depth, level in enumerate(self.up_blocks):
            skip = outputs[-1 - depth] if depth else None
            for i, block in enumerate(level):
                x = block(x, skip) if i == 0 and isinstance(block, ResBlock) else through(block, x, time, condition, bias, weight)
        return self.out_mapper(self.clf(x))


def through(block, x, time, condition, bias, weight):
    """The block with whatever of this it reads."""
    if isinstance(block, TimestepBlock):
        return block(x, time)
    return block(x, condition, bias, weight) if isinstance(block, AttentionBlock) else block(x)
