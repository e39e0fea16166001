"""Writes the small Paellas the TypeScript tests run on: random weights, half a megabyte; and a smaller one with CLIP and the prior.

    python tools/make_paella_fixtures.py --work <work>

Every parameter is moved, so that nothing that is initialised to zero (time, gains, the last layers) stays there; the logits are then
stretched until they depend on tokens, text and time, and the decoder until its pictures fill the range from 0 to 1. `<work>` gets the networks as `Published`
reads them, which the golden vectors are made from; `adapters/paella/test/fixtures` gets the bundles random-paella and random-paella-clip.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import torch
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from assemble import round_to_half
from assemble_paella import Published, write_published
from export_paella import export_bundle
from paella.denoiser import Denoiser, DenoiserConfig
from paella.prior import Prior, PriorConfig
from paella.vqgan import VqConfig, VqModel

ADAPTERS = Path(__file__).resolve().parent.parent / "adapters"
#: The one of the untrained Stable Diffusion.
CLIP_TOKENIZER = ADAPTERS / "stable-diffusion/test/fixtures/random-diffusion/tokenizer"
CODES, GRID, TEXT_WIDTH = 64, 8, 32
#: Of the logits over the codes, and of the difference that another text makes to them.
SPREAD = 2.0
SETTINGS = {
    "sampling": {"temperature": [1.0, 0.2], "renoise": 0.9375},
    "defaults": {"width": 4 * GRID, "height": 4 * GRID, "steps": 8, "scale": 4, "concept": {"scale": 4, "threshold": 0.9, "warmup": 2}},
}


def moved(model: torch.nn.Module, seed: int, spread: float) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += spread * torch.randn(parameter.shape, generator=generator)
    return model.eval()


def text_encoder() -> T5EncoderModel:
    config = T5Config(
        vocab_size=384, d_model=TEXT_WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=2, feed_forward_proj="gated-gelu", dropout_rate=0.0,
        tie_word_embeddings=False, is_encoder_decoder=False, use_cache=False,
    )
    return round_to_half(moved(T5EncoderModel(config), 1, 0.1))


@torch.no_grad()
def denoiser(config: DenoiserConfig) -> Denoiser:
    """Its logits have the standard deviation `SPREAD` over the codes."""
    model = moved(Denoiser(config), 2, 0.1)
    tokens, condition = torch.randint(0, config.codes, (8, GRID, GRID)), model.seq_norm(torch.randn(8, 12, config.condition_channels))
    model.out_mapper[-1].weight *= SPREAD / model(tokens, torch.linspace(0, 1, 8), condition).std(1).mean()
    return round_to_half(model)


@torch.no_grad()
def vqgan() -> VqModel:
    """Codes lie apart; pictures have mean 0.5 and standard deviation 0.25."""
    model = moved(VqModel(VqConfig(bottleneck_blocks=1, channels=16, codes=CODES, scale=1.0)), 3, 0.2)
    model.vquantizer.codebook.weight.normal_(generator=torch.Generator().manual_seed(4))
    pictures = model.decode(torch.randint(0, CODES, (8, GRID, GRID)))
    last, gain = model.out_block[0], 0.25 / pictures.std()
    last.weight *= gain
    last.bias.copy_(0.5 + gain * (last.bias - pictures.mean()))
    return round_to_half(model)


def clip(width: int) -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        vocab_size=256, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=1, num_attention_heads=2, projection_dim=width, hidden_act="gelu",
        bos_token_id=191, eos_token_id=192, pad_token_id=0,
    )
    return round_to_half(moved(CLIPTextModelWithProjection(config), 5, 0.1))


def write(name: str, work: Path, config: DenoiserConfig, settings: dict) -> None:
    torch.manual_seed(0)
    parts = SimpleNamespace(denoiser=denoiser(config), vqgan=vqgan(), prior=None)
    folder, out = work / name, ADAPTERS / "paella/test/fixtures" / name
    if config.clip_channels:
        parts.prior = round_to_half(moved(Prior(PriorConfig(config.clip_channels, 16, 16, 2)), 6, 0.05))
        clip(config.clip_channels).save_pretrained(folder / "clip")
        shutil.copytree(CLIP_TOKENIZER, folder / "clip", dirs_exist_ok=True)
    write_published(folder, parts)
    text_encoder().save_pretrained(folder / "byt5")
    shutil.rmtree(out, ignore_errors=True)
    export_bundle(Published(folder), out, settings, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    sizes = DenoiserConfig(
        codes=CODES, token_channels=16, patch=2, condition_channels=TEXT_WIDTH, channels=(24, 32), heads=(-1, 2), blocks=(1, 2), levels=("CT", "CTA"),
        text_channels=TEXT_WIDTH, clip_channels=None,
    )
    write("random-paella", work, sizes, SETTINGS)
    with_clip = replace(sizes, token_channels=8, channels=(8, 16), blocks=(1, 1), clip_channels=16)
    write("random-paella-clip", work, with_clip, {**SETTINGS, "attentionWeights": {"text": 1.2, "image": 0.4}})


if __name__ == "__main__":
    main()
