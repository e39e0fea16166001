"""Writes the small Paella the TypeScript tests run on: a bundle of half a megabyte with random weights.

    python tools/make_paella_fixtures.py --work <work>/random-paella

Every parameter is moved, so that nothing that is initialised to zero (time, gains, the last layers) stays there; the logits are then
stretched until they depend on tokens, text and time, and the decoder until its pictures fill the range from 0 to 1. `<work>` gets the networks as `Published`
reads them, which the golden vectors are made from; `adapters/paella/test/fixtures/random-paella` gets the bundle.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from types import SimpleNamespace

import torch
from transformers import T5Config, T5EncoderModel

from assemble import round_to_half
from assemble_paella import Published, write_published
from export_paella import export_bundle
from paella.denoiser import Denoiser, DenoiserConfig
from paella.vqgan import VqConfig, VqModel

BUNDLE = Path(__file__).resolve().parent.parent / "adapters/paella/test/fixtures/random-paella"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    torch.manual_seed(0)
    sizes = DenoiserConfig(
        codes=CODES, token_channels=16, patch=2, condition_channels=TEXT_WIDTH, channels=(24, 32), heads=(-1, 2), blocks=(1, 2), levels=("CT", "CTA"),
        text_channels=TEXT_WIDTH, clip_channels=None,
    )
    parts = SimpleNamespace(denoiser=denoiser(sizes), vqgan=vqgan(), prior=None)
    write_published(work, parts)
    text_encoder().save_pretrained(work / "byt5")
    shutil.rmtree(BUNDLE, ignore_errors=True)
    export_bundle(Published(work), BUNDLE, SETTINGS, "random-paella")


if __name__ == "__main__":
    main()
