"""Paella's prior: the embedding of a text → an embedding of a picture it could belong to, by diffusion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from .layers import TimeEmbedding


@dataclass(frozen=True)
class PriorConfig:
    """Defaults are the full-size model's."""

    clip_channels: int = 1024
    channels: int = 1280
    time_channels: int = 64
    blocks: int = 48


class Prior(nn.Module):
    def __init__(self, config: PriorConfig):
        super().__init__()
        self.config = c = config
        self.time = TimeEmbedding(c.time_channels)
        self.blocks = nn.ModuleList([nn.Linear(c.clip_channels, c.channels)])
        for _ in range(c.blocks):
            first = nn.Linear(c.channels + c.clip_channels + c.time_channels, 4 * c.channels, bias=False)
            first.weight.data *= math.sqrt(1 / c.blocks)
            last = nn.Linear(4 * c.channels, c.channels, bias=False)
            self.blocks.append(nn.Sequential(first, nn.LayerNorm(4 * c.channels), nn.GELU(), last, nn.LayerNorm(c.channels)))
        self.blocks.append(nn.Linear(c.channels, c.clip_channels))

    def forward(self, x, r, embedding):
        """A noisy picture embedding x, how noisy it is r [batch] within [0, 1], the text's embedding → the noise in x; [batch, clip channels]."""
        first, *middle, last = self.blocks
        seen = torch.cat([embedding, self.time(r)], 1)
        y = first(x)
        for block in middle:
            y = y + block(torch.cat([y, seen], 1))
        return last(y)
