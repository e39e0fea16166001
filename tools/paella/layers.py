"""What Paella's denoiser and its picture tokenizer are built from. Tensors are [batch, channels, height, width]."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


class TimeEmbedding(nn.Module):
    """Sines and cosines of r within [0, 1]; without parameters."""

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        # Numbers, so that an exported graph holds these very ones: an error of one unit in the last place grows 10,000 times below.
        self.rates = torch.exp(torch.arange(half, device="cpu") * (-math.log(10_000) / (half - 1))).tolist()

    def forward(self, r):
        angles = 10_000 * r[:, None] * torch.tensor(self.rates, device=r.device)
        return torch.cat([angles.sin(), angles.cos()], 1)


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each position, without parameters."""

    def __init__(self, channels: int):
        super().__init__()
        self.channels = channels

    def forward(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), (self.channels,), eps=1e-6).permute(0, 3, 1, 2)


class GlobalResponseNorm(nn.Module):
    """ConvNeXt V2's (Woo et al. 2023); channels last."""

    def __init__(self, channels: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, x):
        energy = torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)
        share = energy / (energy.mean(-1, keepdim=True) + 1e-6)
        return self.gamma * (x * share) + self.beta + x


def feed_forward(channels: int) -> nn.Sequential:
    """Channels last. The fourth place is the checkpoint's dropout, which is not used here."""
    return nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), GlobalResponseNorm(4 * channels), nn.Identity(), nn.Linear(4 * channels, channels))


class ResBlock(nn.Module):
    """C: a depthwise convolution, then a feed-forward at each position. A skip connection joins the input's channels, and each
    group of the convolution then reads two of them."""

    def __init__(self, channels: int, skipped: int = 0):
        super().__init__()
        self.depthwise = nn.Conv2d(channels + skipped, channels, 3, padding=1, groups=channels)
        self.norm = ChannelNorm(channels)
        self.channelwise = feed_forward(channels)

    def forward(self, x, skip=None):
        joined = x if skip is None else torch.cat([x, skip], 1)
        y = self.norm(self.depthwise(joined)).permute(0, 2, 3, 1)
        return x + self.channelwise(y).permute(0, 3, 1, 2)


class FeedForwardBlock(nn.Module):
    """F."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.channelwise = feed_forward(channels)

    def forward(self, x):
        return x + self.channelwise(self.norm(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class TimestepBlock(nn.Module):
    """T: scales and shifts every channel as the embedded time says."""

    def __init__(self, channels: int, time_channels: int):
        super().__init__()
        self.mapper = nn.Linear(time_channels, 2 * channels)

    def forward(self, x, time):
        a, b = self.mapper(time)[:, :, None, None].chunk(2, 1)
        return x * (1 + a) + b


class Attention(nn.MultiheadAttention):
    """Multi-head attention over any number of keys, spelt out so that an exported graph keeps that freedom."""

    def forward(self, query, keys, bias=None, weight=None):
        """`bias` [batch, keys] is added before the softmax (−∞ hides a key), `weight` [batch, keys] multiplies after it."""
        parts = zip((query, keys, keys), self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3))
        q, k, v = (F.linear(x, w, b).unflatten(2, (self.num_heads, -1)).transpose(1, 2) for x, w, b in parts)
        scores = q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5)
        shares = (scores if bias is None else scores + bias[:, None, None]).softmax(-1)
        shares = shares if weight is None else shares * weight[:, None, None]
        return self.out_proj((shares @ v).transpose(1, 2).flatten(2))


class _Attention2d(nn.Module):
    """Holds the attention under the name it has in the checkpoint."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        self.attn = Attention(channels, heads, batch_first=True)


class AttentionBlock(nn.Module):
    """A: every position attends to all positions and to the condition."""

    def __init__(self, channels: int, condition_channels: int, heads: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.attention = _Attention2d(channels, heads)
        self.kv_mapper = nn.Sequential(nn.SiLU(), nn.Linear(condition_channels, channels))

    def forward(self, x, condition, bias=None, weight=None):
        positions = self.norm(x).flatten(2).transpose(1, 2)
        keys = torch.cat([positions, self.kv_mapper(condition)], 1)
        own = positions.shape[1]
        bias = bias if bias is None else F.pad(bias, (own, 0))
        weight = weight if weight is None else F.pad(weight, (own, 0), value=1.0)
        attended = self.attention.attn(positions, keys, bias, weight)
        return x + attended.transpose(1, 2).reshape(x.shape)
