"""A UNet's upsampling as one transposed convolution.

A convolution of 3×3 after every pixel was doubled reads each pixel several times. Its kernel with those copies added up is one of 4×4 with
stride 2, which makes the same with 16 products for four pixels in place of 36. Processors gain by it; graphics devices have better
code for plain convolutions. Parameters keep their names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class TransposedConvolution(torch.autograd.Function):
    """Stride 2, padding 1. torch's exporter wants to know the extents of a kernel that is computed; this one does not."""

    @staticmethod
    def forward(context, x, kernel, bias):
        return F.conv_transpose2d(x, kernel, bias, stride=2, padding=1)

    @staticmethod
    def symbolic(graph, x, kernel, bias):
        return graph.op("ConvTranspose", x, kernel, bias, kernel_shape_i=[4, 4], strides_i=[2, 2], pads_i=[1, 1, 1, 1])


def _spread() -> torch.Tensor:
    places = torch.zeros(3, 3, 4, 4)
    for row in range(3):
        for column in range(3):
            for copy in range(4):  # of a doubled pixel
                places[row, column, 2 + copy // 2 - row, 2 + copy % 2 - column] = 1
    return places.reshape(9, 16)


#: [9, 16]: which places of the transposed 4×4 kernel take each place of the 3×3 one.
SPREAD = _spread()


class TransposedUpsampling(nn.Module):
    """diffusers' Upsample2D: the nearest pixel twice in both directions, then a convolution."""

    def __init__(self, upsampler: nn.Module):
        super().__init__()
        convolution = upsampler.conv
        if convolution.kernel_size != (3, 3) or convolution.padding != (1, 1) or upsampler.use_conv_transpose or upsampler.norm is not None:
            raise ValueError(f"upsampling by {upsampler} cannot be one transposed convolution: it must end in one of 3×3, padded by 1.")
        self.conv = convolution

    def forward(self, x, output_size=None):
        if output_size is not None:
            raise ValueError(f"a picture of an odd size asks for upsampling to {output_size}; this one doubles.")
        weight = self.conv.weight
        kernel = weight.transpose(0, 1).reshape(weight.shape[1], -1, 9) @ SPREAD
        return TransposedConvolution.apply(x, kernel.reshape(*kernel.shape[:2], 4, 4), self.conv.bias)


def transpose_upsampling(unet: nn.Module) -> nn.Module:
    """The UNet with every upsampling so; it computes the same."""
    for block in unet.up_blocks:
        if block.upsamplers:
            block.upsamplers = nn.ModuleList(TransposedUpsampling(upsampler) for upsampler in block.upsamplers)
    return unet
