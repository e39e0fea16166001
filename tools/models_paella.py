"""The networks of the tiny Paella: a picture tokenizer, a byte-level T5 encoder and a token denoiser."""

from __future__ import annotations

import torch
from transformers import ByT5Tokenizer, T5Config, T5EncoderModel

from paella.denoiser import Denoiser, DenoiserConfig
from paella.vqgan import VqConfig, VqModel

TEXT_WIDTH = 128
CODES = 512
GRID = 32
MAX_BYTES = 256


def vqgan() -> VqModel:
    """64×64×3 ↔ 32×32 codes, two pixels to a side: with four, as at full size, faces this small lose their mouths."""
    return VqModel(VqConfig(levels=1, bottleneck_blocks=3, channels=64, latent_channels=4, codes=CODES, scale=1.0))


def tokenizer() -> ByT5Tokenizer:
    """Bytes plus three, `</s>` at the end; no vocabulary to learn."""
    return ByT5Tokenizer(extra_ids=0, model_max_length=MAX_BYTES)


def padded(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, both [texts, longest]."""
    longest = max(map(len, ids))
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return torch.tensor([row + [0] * (longest - len(row)) for row in ids]), mask


def text_encoder() -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=384, d_model=TEXT_WIDTH, d_kv=32, d_ff=2 * TEXT_WIDTH, num_layers=3, num_heads=4, feed_forward_proj="gated-gelu",
            dropout_rate=0.0, tie_word_embeddings=False, is_encoder_decoder=False, use_cache=False,
        )
    )


def denoiser() -> Denoiser:
    """The full-size model's block types on two levels, 16×16 and 8×8, of patches of 2×2 tokens; no CLIP conditioners."""
    return Denoiser(
        DenoiserConfig(
            codes=CODES, token_channels=64, patch=2, condition_channels=TEXT_WIDTH, channels=(112, 176), heads=(-1, 4), blocks=(2, 3),
            levels=("CT", "CTA"), text_channels=TEXT_WIDTH, clip_channels=None,
        )
    )
