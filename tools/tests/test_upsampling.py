"""Upsampling as one transposed convolution computes what diffusers' upsampling computes, to the border."""

import pytest
import torch
from diffusers.models.upsampling import Upsample2D

from upsampling import TransposedUpsampling, transpose_upsampling


def test_a_transposed_upsampling_is_diffusers_upsampling():
    upsampler, x = Upsample2D(6, use_conv=True, out_channels=5), torch.randn(2, 6, 3, 7)
    torch.testing.assert_close(TransposedUpsampling(upsampler)(x), upsampler(x))


def test_other_upsamplings_are_refused():
    with pytest.raises(ValueError, match="transposed"):
        TransposedUpsampling(Upsample2D(6, use_conv_transpose=True, out_channels=5, kernel_size=3, padding=1))


def test_parameters_keep_their_names():
    block = torch.nn.Module()
    block.upsamplers = torch.nn.ModuleList([Upsample2D(6, use_conv=True)])
    unet = torch.nn.Module()
    unet.up_blocks = torch.nn.ModuleList([block])
    names = [name for name, _ in unet.named_parameters()]
    assert [name for name, _ in transpose_upsampling(unet).named_parameters()] == names
