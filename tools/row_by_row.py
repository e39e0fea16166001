"""Parts of DeepFloyd-IF's UNets that round the same in every batch.

ONNX Runtime computes a product or a mean of a single row by another routine than that of several rows, and their sums differ in the
last bits: a picture made alone would not be the one made in company. A convolution of one pixel, and a product with the tokens' weights in
the mean, are taken row by row. Parameters keep their names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class RowLinear(nn.Module):
    """nn.Linear for [rows, channels]."""

    def __init__(self, linear: nn.Linear):
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, x):
        return F.conv2d(x[:, :, None, None], self.weight[:, :, None, None], self.bias).flatten(1)


class RowPooling(nn.Module):
    """diffusers' AttentionPooling: the mean token attends to all tokens and itself."""

    def __init__(self, pool: nn.Module):
        super().__init__()
        self.positional_embedding, self.heads = pool.positional_embedding, pool.num_heads
        self.q_proj, self.k_proj, self.v_proj = RowLinear(pool.q_proj), pool.k_proj, pool.v_proj

    def forward(self, x):
        mean = (torch.full((1, x.shape[1]), 1 / x.shape[1]) @ x)[:, 0] + self.positional_embedding
        tokens = torch.cat([mean[:, None], x], 1)
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # noqa: E731
        queries, keys, values = split(self.q_proj(mean)[:, None]), split(self.k_proj(tokens)), split(self.v_proj(tokens))
        weights = (queries @ keys.transpose(2, 3) / keys.shape[-1] ** 0.5).softmax(-1)
        return (weights @ values).flatten(1)


def row_by_row(unet: nn.Module) -> nn.Module:
    """The UNet with such parts on the way of timestep, label and pooled text to its blocks; it computes the same."""
    if hasattr(getattr(unet, "add_embedding", None), "pool"):
        unet.add_embedding.pool = RowPooling(unet.add_embedding.pool)
    for name, module in list(unet.named_modules()):
        embeds = name.startswith(("time_embedding.", "class_embedding.", "add_embedding.")) and "pool" not in name
        if isinstance(module, nn.Linear) and (embeds or name.endswith("time_emb_proj")):
            parent, _, leaf = name.rpartition(".")
            setattr(unet.get_submodule(parent), leaf, RowLinear(module))
    return unet
