"""Paella's picture tokenizer: pictures ↔ a grid of codes, four pixels to a side (f4) at full size."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class VqConfig:
    """Defaults are the full-size model's."""

    levels: int = 2
    bottleneck_blocks: int = 12
    channels: int = 384
    latent_channels: int = 4
    codes: int = 8192
    scale: float = 0.3764


class MixedBlock(nn.Module):
    """A depthwise convolution and a feed-forward, each scaled and shifted by learnt scalars that start at nothing."""

    def __init__(self, channels: int, hidden: int):
        super().__init__()
        self.channels = channels
        self.depthwise = nn.Sequential(nn.ReplicationPad2d(1), nn.Conv2d(channels, channels, 3, groups=channels))
        self.channelwise = nn.Sequential(nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels))
        self.gammas = nn.Parameter(torch.zeros(6))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def _norm(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), (self.channels,), eps=1e-6).permute(0, 3, 1, 2)

    def forward(self, x):
        g = self.gammas
        x = x + self.depthwise(self._norm(x) * (1 + g[0]) + g[1]) * g[2]
        y = self._norm(x) * (1 + g[3]) + g[4]
        return x + self.channelwise(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) * g[5]


class Quantizer(nn.Module):
    """Replaces each latent by the nearest code."""

    def __init__(self, channels: int, codes: int):
        super().__init__()
        self.codebook = nn.Embedding(codes, channels)
        nn.init.uniform_(self.codebook.weight, -1 / codes, 1 / codes)

    def nearest(self, latents):
        """[batch, channels, height, width] → code numbers [batch, height, width]."""
        flat = latents.permute(0, 2, 3, 1).flatten(0, 2)
        codes = self.codebook.weight
        distances = codes.square().sum(1) - 2 * flat @ codes.T
        return distances.argmin(1).view(latents.shape[0], *latents.shape[2:])

    def vectors(self, tokens):
        return self.codebook(tokens).permute(0, 3, 1, 2)


class VqModel(nn.Module):
    def __init__(self, config: VqConfig):
        super().__init__()
        self.config = config
        widths = [config.channels // 2**i for i in reversed(range(config.levels))]
        self.in_block = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 1))
        down: list[nn.Module] = []
        for i, width in enumerate(widths):
            down += [nn.Conv2d(widths[i - 1], width, 4, stride=2, padding=1)] if i else []
            down.append(MixedBlock(width, 4 * width))
        latent = nn.Sequential(nn.Conv2d(widths[-1], config.latent_channels, 1, bias=False), nn.BatchNorm2d(config.latent_channels))
        self.down_blocks = nn.Sequential(*down, latent)
        self.vquantizer = Quantizer(config.latent_channels, config.codes)
        up: list[nn.Module] = [nn.Sequential(nn.Conv2d(config.latent_channels, widths[-1], 1))]
        for i, width in enumerate(reversed(widths)):
            up += [MixedBlock(width, 4 * width) for _ in range(1 if i else config.bottleneck_blocks)]
            if i < config.levels - 1:
                up.append(nn.ConvTranspose2d(width, widths[-2 - i], 4, stride=2, padding=1))
        self.up_blocks = nn.Sequential(*up)
        self.out_block = nn.Sequential(nn.Conv2d(widths[0], 12, 1), nn.PixelShuffle(2))

    def latents(self, pictures):
        """Pictures within [0, 1] → latents before they are quantised."""
        return self.down_blocks(self.in_block(pictures))

    def encode(self, pictures):
        return self.vquantizer.nearest(self.latents(pictures))

    def picture(self, vectors):
        return self.out_block(self.up_blocks(vectors))

    def decode(self, tokens):
        """Code numbers [batch, height, width] → pictures, meant for [0, 1]."""
        return self.picture(self.vquantizer.vectors(tokens))
