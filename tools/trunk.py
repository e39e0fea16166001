"""A UNet that predicts several texts for one picture at the cost of one until the first layer that reads the text.

Whole, or in two parts: what its cross-attentions make of the texts, which stays the same from step to step, and the rest.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from fuse import AddRepeated, Tile, keys_and_values, normalize, transform


def residual(resnet, x, time):
    y = resnet.conv1(F.silu(normalize(x, resnet.norm1)))
    y = resnet.conv2(F.silu(normalize(y + resnet.time_emb_proj(time)[:, :, None, None], resnet.norm2)))
    return (resnet.conv_shortcut(x) if resnet.conv_shortcut is not None else x) + y


def joined(resnet, x, skip, time):
    """The residual block on x and a skip of fewer rows. The skip's share is computed once and added to every row, but for those of its first
    channels that a norm has in one group with x's last."""
    norm, group = resnet.norm1, resnet.norm1.num_channels // resnet.norm1.num_groups
    border = -(-int(x.shape[1]) // group) * group
    if border > x.shape[1]:
        mixed = border - int(x.shape[1])
        x, skip = torch.cat([x, Tile.apply(skip[:, :mixed], x)], 1), skip[:, mixed:]
    part = lambda convolution, y, columns, bias: F.conv2d(y, convolution.weight[:, columns], bias, padding=convolution.padding)
    of_x, of_skip = slice(0, border), slice(border, norm.num_channels)
    y = part(resnet.conv1, F.silu(normalize(x, norm, 0, border)), of_x, None)
    few = part(resnet.conv1, F.silu(normalize(skip, norm, border, norm.num_channels)), of_skip, resnet.conv1.bias)
    y = AddRepeated.apply(y, few + resnet.time_emb_proj(time)[:, :, None, None])
    y = resnet.conv2(F.silu(normalize(y, resnet.norm2)))
    y = y + part(resnet.conv_shortcut, x, of_x, None)
    return AddRepeated.apply(y, part(resnet.conv_shortcut, skip, of_skip, resnet.conv_shortcut.bias))


def cross_attentions(model) -> list:
    """In the order in which a prediction comes to them."""
    blocks = [*model.down_blocks, model.mid_block, *model.up_blocks]
    transformers = [transformer for block in blocks for transformer in getattr(block, "attentions", [])]
    return [layer.attn2 for transformer in transformers for layer in transformer.transformer_blocks]


def predict(model, sample, timestep, texts):
    """The UNet, with an iterator over the keys and values of its cross-attentions."""
    time = F.silu(model.time_embedding(model.time_proj(timestep[None])))
    few = True  # as long as rows are pictures
    x = model.conv_in(sample)
    skips = [(x, few)]
    for block in model.down_blocks:
        attentions = getattr(block, "attentions", [None] * len(block.resnets))
        for resnet, attention in zip(block.resnets, attentions):
            x = residual(resnet, x, time)
            if attention is not None:
                x, few = transform(attention, x, texts, few), False
            skips.append((x, few))
        for down in block.downsamplers or []:
            x = down(x)
            skips.append((x, few))
    middle = model.mid_block
    x = residual(middle.resnets[0], x, time)
    for attention, resnet in zip(middle.attentions, middle.resnets[1:]):
        x = transform(attention, x, texts, few)
        x = residual(resnet, x, time)
        few = False
    for block in model.up_blocks:
        attentions = getattr(block, "attentions", [None] * len(block.resnets))
        for resnet, attention in zip(block.resnets, attentions):
            skip, shared = skips.pop()
            x = joined(resnet, x, skip, time) if shared else residual(resnet, torch.cat([x, skip], 1), time)
            if attention is not None:
                x = transform(attention, x, texts)
        for up in block.upsamplers or []:
            x = up(x)
    return model.conv_out(F.silu(normalize(x, model.conv_norm_out)))


class Denoiser(nn.Module):
    """Latents [pictures, …] and texts [texts · pictures, …] → predictions [texts · pictures, …]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        texts = (keys_and_values(attention, encoder_hidden_states) for attention in cross_attentions(self.model))
        return predict(self.model, sample, timestep, texts)


class TextKeys(nn.Module):
    """Texts → keys and values of the first cross-attention, then those of the second, and so on."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, encoder_hidden_states):
        return tuple(part for attention in cross_attentions(self.model) for part in keys_and_values(attention, encoder_hidden_states))


class KeyedDenoiser(nn.Module):
    """The denoiser with what TextKeys gives in place of the texts."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, *keys):
        return predict(self.model, sample, timestep, zip(keys[::2], keys[1::2]))
