"""Paella's denoiser as it is exported: what no text reaches runs once per picture, and the graph has few and large nodes.

Tensors are [batch, height, width, channels], so that only convolutions transpose. Parameters keep their names: what is derived from them
(a slice, a product) stays in the graph, and runtimes fold it when they load it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from fuse import Reshape, ReshapeLike
from paella.denoiser import Denoiser
from paella.layers import AttentionBlock, FeedForwardBlock, ResBlock, TimestepBlock


class SharedDenoiser(nn.Module):
    """Tokens [pictures, height, width] and conditions [texts · pictures, …] → logits [texts · pictures, …]."""

    def __init__(self, model: Denoiser):
        super().__init__()
        self.model = model

    def forward(self, tokens, r, condition, condition_bias, condition_weight):
        model, texts = self.model, condition.shape[0] // tokens.shape[0]
        repeated = lambda x: x.repeat(texts, *[1] * (x.dim() - 1))
        read, time, few = F.silu(condition), model.time(r), True  # few as long as rows are pictures
        x = last(model.embedding(first(model.in_mapper(tokens))))
        outputs = []

        def through(block, x):
            nonlocal few, time
            if isinstance(block, AttentionBlock):
                spread = repeated if few else nn.Identity()
                time, few = spread(time), False
                return attend(block, x, read, condition_bias, condition_weight, spread)
            if isinstance(block, TimestepBlock):
                gain, shift = halves(block.mapper)
                return x * (1 + gain(time)[:, None, None]) + shift(time)[:, None, None]
            if isinstance(block, ResBlock):
                return x + feed(block, convolve(block.depthwise, x))
            return x + feed(block, x) if isinstance(block, FeedForwardBlock) else convolve(block[1], normal(x, block[0].channels))

        for level in model.down_blocks:
            for block in level:
                x = through(block, x)
            outputs.append((x, few))
        for depth, level in enumerate(model.up_blocks):
            for i, block in enumerate(level):
                if i == depth == 0 or i or not isinstance(block, ResBlock):
                    x = through(block, x)
                else:
                    skip, once = outputs[-1 - depth]
                    x = x + feed(block, joined(block.depthwise, x, skip, repeated if once and not few else nn.Identity()))
        return model.out_mapper(model.clf(first(x)))


def first(x):
    """Channels first."""
    return x.permute(0, 3, 1, 2)


def last(x):
    """Channels last."""
    return x.permute(0, 2, 3, 1)


def normal(x, channels: int):
    return F.layer_norm(x, (channels,), eps=1e-6)


def convolve(convolution, x):
    return last(convolution(first(x)))


def joined(convolution, x, skip, repeated):
    """The convolution of x beside a skip, of which each group reads two neighbours: the first half of the groups x, the second the skip."""
    half, uneven = divmod(convolution.groups, 2)
    if uneven:
        return convolve(convolution, torch.cat([x, repeated(skip)], 3))
    part = lambda y, rows: last(F.conv2d(first(y), convolution.weight[rows], convolution.bias[rows], padding=1, groups=half))
    return torch.cat([part(x, slice(0, half)), repeated(part(skip, slice(half, None)))], 3)


def feed(block, x):
    """Feed-forward with global response normalisation; its shift β passes through the last product and joins that one's bias."""
    up, _, response, _, down = block.channelwise
    y = F.gelu(up(normal(x, up.in_features)))
    energy = summed(y * y, up.out_features).sqrt()
    gain = 1 + response.gamma * (energy / (energy.mean(-1, keepdim=True) + 1e-6))
    return F.linear(y * gain, down.weight, F.linear(response.beta.flatten(), down.weight, down.bias))


def summed(x, channels: int):
    """Sums over all positions, [pictures, 1, 1, channels], by a product: ONNX Runtime adds those of a single picture up in another order."""
    positions = Reshape.apply(x, [0, -1, channels])
    return (torch.ones(1, positions.shape[1]) @ positions)[:, None]


def halves(linear: nn.Linear):
    """A linear layer as two, of the first and the second half of its outputs."""
    half = linear.out_features // 2
    return [lambda x, rows=rows: F.linear(x, linear.weight[rows], linear.bias[rows]) for rows in (slice(0, half), slice(half, None))]


def attend(block, x, condition, bias, weight, spread):
    """Attention of every position to all positions and to the condition, which two layers in a row map to its keys and values.

    `spread` repeats what is computed once per picture.
    """
    attention, mapper = block.attention.attn, block.kv_mapper[1]
    width, heads = attention.embed_dim, attention.num_heads
    scale = (width // heads) ** -0.5
    parts = [(attention.in_proj_weight[k : k + width], attention.in_proj_bias[k : k + width]) for k in (0, width, 2 * width)]
    positions = Reshape.apply(normal(x, width), [0, -1, width])

    def read(matrix, shift):
        mapped = F.linear(condition, matrix @ mapper.weight, F.linear(mapper.bias, matrix, shift))
        return torch.cat([spread(F.linear(positions, matrix, shift)), mapped], 1)

    split = lambda tokens, *axes: Reshape.apply(tokens, [0, 0, heads, -1]).permute(*axes)
    (matrix, shift), of_keys, of_values = parts
    queries = split(spread(F.linear(positions, matrix * scale, shift * scale)), 0, 2, 1, 3)
    scores = queries @ split(read(*of_keys), 0, 2, 3, 1) + beside(bias, positions, 0.0)
    shares = scores.softmax(-1) * beside(weight, positions, 1.0)
    mixed = Reshape.apply((shares @ split(read(*of_values), 0, 2, 1, 3)).transpose(1, 2), [0, 0, -1])
    x = spread(x)
    return x + ReshapeLike.apply(attention.out_proj(mixed), x)


def beside(values, positions, own: float):
    """Values of the condition's tokens [rows, tokens] behind a constant for each position, for all heads and queries."""
    return F.pad(values, (positions.shape[1], 0), value=own)[:, None, None]
