"""Parts of a UNet written so that the exported graph has few and large nodes.

Traced as they are, diffusers' modules ask the graph for its shapes hundreds of times and carry one timestep per row.
Parameters keep their names: what is derived from them (a transpose, a slice) stays in the graph, and runtimes fold it
when they load it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Reshape(torch.autograd.Function):
    """To a shape in ONNX's terms: 0 keeps an axis, -1 takes the rest."""

    @staticmethod
    def forward(context, x, shape):
        return x.reshape([x.shape[axis] if extent == 0 else extent for axis, extent in enumerate(shape)])

    @staticmethod
    def symbolic(graph, x, shape):
        return graph.op("Reshape", x, graph.op("Constant", value_t=torch.tensor(shape)))


class ReshapeLike(torch.autograd.Function):
    @staticmethod
    def forward(context, x, like):
        return x.reshape(like.shape)

    @staticmethod
    def symbolic(graph, x, like):
        return graph.op("Reshape", x, graph.op("Shape", like))


class Tile(torch.autograd.Function):
    """Repeats the rows of x, of four axes, until there are as many as in `like`: all rows, then all rows again."""

    @staticmethod
    def forward(context, x, like):
        return x.repeat(like.shape[0] // x.shape[0], *[1] * (x.dim() - 1))

    @staticmethod
    def symbolic(graph, x, like):
        rows = lambda tensor: graph.op("Shape", tensor, start_i=0, end_i=1)
        times = graph.op("Div", rows(like), rows(x))
        ones = graph.op("Constant", value_t=torch.ones(3, dtype=torch.int64))
        return graph.op("Tile", x, graph.op("Concat", times, ones, axis_i=0))


class AddRepeated(torch.autograd.Function):
    """x + Tile(few, x), with the extents of `few` but for the rows, without writing the repeated rows."""

    @staticmethod
    def forward(context, x, few):
        return (x.reshape(-1, few.numel()) + few.reshape(1, -1)).reshape(-1, *few.shape[1:])

    @staticmethod
    def symbolic(graph, x, few):
        constant = lambda values: graph.op("Constant", value_t=torch.tensor(values))
        flat = graph.op("Reshape", few, constant([1, -1]))
        rows = graph.op("Reshape", x, graph.op("Concat", constant([-1]), graph.op("Shape", flat, start_i=1), axis_i=0))
        extents = graph.op("Concat", constant([-1]), graph.op("Shape", few, start_i=1), axis_i=0)
        return graph.op("Reshape", graph.op("Add", rows, flat), extents)


def normalize(x, norm: nn.GroupNorm, start: int = 0, end: int | None = None):
    """Group normalisation of the channels from start to end, which must fall between groups."""
    end = norm.num_channels if end is None else end
    groups = (end - start) * norm.num_groups // norm.num_channels
    ones = torch.ones(groups)
    flat = F.instance_norm(Reshape.apply(x, [0, groups, -1]), weight=ones, bias=0 * ones, eps=norm.eps)
    affine = lambda parameter: parameter[start:end] if (start, end) != (0, norm.num_channels) else parameter
    zeros, ones = torch.zeros(end - start), torch.ones(end - start)
    return F.batch_norm(ReshapeLike.apply(flat, x), zeros, ones, affine(norm.weight), affine(norm.bias), eps=0.0)


def heads(attention, tokens, *axes):
    """[rows, tokens, heads · width] by heads, its axes [rows, tokens, heads, width] in the order given."""
    return Reshape.apply(tokens, [0, 0, attention.heads, -1]).permute(*axes)


def keys_and_values(attention, states):
    """What an attention reads of the states, as its two products take it: [rows, heads, width, tokens] and [rows, heads, tokens, width]."""
    return heads(attention, attention.to_k(states), 0, 2, 3, 1), heads(attention, attention.to_v(states), 0, 2, 1, 3)


def attend(attention, x, keys, values, few=False):
    """Scaled dot products; the scale is folded into the queries' weights. Where x has `few` rows, each serves several of the keys."""
    bias = None if attention.to_q.bias is None else attention.to_q.bias * attention.scale
    queries = heads(attention, F.linear(x, attention.to_q.weight * attention.scale, bias), 0, 2, 1, 3)
    if few:
        queries = Tile.apply(queries, keys)
    mixed = (queries @ keys).softmax(-1) @ values
    return attention.to_out[0](Reshape.apply(mixed.transpose(1, 2), [0, 0, -1]))


def feed(feedforward, x):
    """The gated linear unit with its two halves as two products, so that nothing is cut."""
    (gated, _, last) = feedforward.net
    value, gate = (F.linear(x, w, b) for w, b in zip(gated.proj.weight.chunk(2), gated.proj.bias.chunk(2)))
    return last(value * F.gelu(gate))


def transform(transformer, x, texts, few=False):
    """Transformer2DModel, its pointwise convolutions as products on tokens; each layer takes the next keys and values of the texts. Where x
    has `few` rows, the same for several texts, so do all layers before the first that reads the text."""
    channels = transformer.norm.num_channels
    tokens = Reshape.apply(normalize(x, transformer.norm), [0, channels, -1]).transpose(1, 2)
    tokens = F.linear(tokens, transformer.proj_in.weight.flatten(1), transformer.proj_in.bias)
    for index, block in enumerate(transformer.transformer_blocks):
        normal, shared = block.norm1(tokens), few and index == 0
        tokens = tokens + attend(block.attn1, normal, *keys_and_values(block.attn1, normal))
        attended = attend(block.attn2, block.norm2(tokens), *next(texts), shared)
        tokens = AddRepeated.apply(attended, tokens) if shared else tokens + attended
        tokens = tokens + feed(block.ff, block.norm3(tokens))
    tokens = F.linear(tokens, transformer.proj_out.weight.flatten(1), transformer.proj_out.bias)
    tokens = tokens.transpose(1, 2)
    return AddRepeated.apply(tokens, x) if few else ReshapeLike.apply(tokens, x) + x
