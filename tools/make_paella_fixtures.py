"""Writes the two small Paellas the TypeScript tests run on: bundles of about half a megabyte with random weights, one with the byte-level
text alone, one with the CLIP conditioners and the prior as well.

    python tools/make_paella_fixtures.py --work <work>

Every parameter is moved, so that nothing that is initialised to zero (time, gains, the last layers) stays there; the logits are then
stretched until they depend on tokens, text and time, and the decoder until its pictures fill the range from 0 to 1. The prior alone is fitted for a few
seconds, since its steps would magnify what a random one is wrong by. `<work>/random-paella` and `<work>/random-paella-clip` get the networks as
`Published` reads them, which the golden vectors are made from; `adapters/paella/test/fixtures` gets the bundles of the same names.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import torch
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from assemble import round_to_half
from assemble_paella import Published, write_published
from export_paella import export_bundle
from graphs_paella import CLIP_TOKENS
from paella.denoiser import Denoiser, DenoiserConfig
from paella.prior import Prior, PriorConfig
from paella.vqgan import VqConfig, VqModel

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "adapters/paella/test/fixtures"
CLIP_TOKENIZER = ROOT / "adapters/stable-diffusion/test/fixtures/random-diffusion/tokenizer"
CODES, GRID, TEXT_WIDTH, CLIP_WIDTH = 64, 8, 32, 32
#: Of the logits over the codes, and of the difference that another text makes to them.
SPREAD = 2.0
SETTINGS = {
    "sampling": {"temperature": [1.0, 0.2], "renoise": 0.9375},
    "defaults": {"width": 4 * GRID, "height": 4 * GRID, "steps": 8, "scale": 4, "concept": {"scale": 4, "threshold": 0.9, "warmup": 2}},
}
CLIP_SETTINGS = {
    **SETTINGS, "sampling": {**SETTINGS["sampling"], "conditional": 0.625}, "attentionWeights": {"text": 1.2, "image": 0.4},
    "prior": {"steps": 10, "scale": 3},
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


def clip_text_encoder() -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        vocab_size=193, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, projection_dim=CLIP_WIDTH, hidden_act="gelu",
        bos_token_id=191, eos_token_id=192, pad_token_id=0,
    )
    return round_to_half(moved(CLIPTextModelWithProjection(config), 5, 0.3))


def prior() -> Prior:
    """Fitted to pictures' embeddings that lie about a rotation of their texts'."""
    model, generator = Prior(PriorConfig(clip_channels=CLIP_WIDTH, channels=32, time_channels=16, blocks=2)), torch.Generator().manual_seed(6)
    moved(model, 7, 0.02)
    turn = torch.linalg.qr(torch.randn(CLIP_WIDTH, CLIP_WIDTH, generator=generator))[0]
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(600):
        text, noise, scatter = torch.randn(3, 256, CLIP_WIDTH, generator=generator)
        r = torch.rand(256, generator=generator)
        share = (torch.cos((r + 0.008) / 1.008 * torch.pi / 2) ** 2)[:, None]
        heard = (torch.rand(256, 1, generator=generator) > 0.2).float()
        x = share.sqrt() * (text @ turn + 0.3 * scatter) + (1 - share).sqrt() * noise
        loss = (model(x, r, heard * text) - noise).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"prior: loss {loss:.3f}")
    return round_to_half(model)


def write_clip(folder: Path) -> None:
    """The text encoder with a tokenizer that pads as the original does, with the first token of its vocabulary."""
    clip_text_encoder().save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(CLIP_TOKENIZER / name, folder / name)
    settings = json.loads((CLIP_TOKENIZER / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": CLIP_TOKENS, "pad_token": "!"}, indent=2) + "\n")


def sizes(clip_channels: int | None) -> DenoiserConfig:
    return DenoiserConfig(
        codes=CODES, token_channels=16, patch=2, condition_channels=TEXT_WIDTH, channels=(24, 32), heads=(-1, 2), blocks=(1, 2), levels=("CT", "CTA"),
        text_channels=TEXT_WIDTH, clip_channels=clip_channels,
    )


def make(work: Path, name: str, settings: dict, clip_channels: int | None) -> None:
    torch.manual_seed(0)
    folder, bundle = work / name, FIXTURES / name
    write_published(folder, SimpleNamespace(denoiser=denoiser(sizes(clip_channels)), vqgan=vqgan(), prior=prior() if clip_channels else None))
    text_encoder().save_pretrained(folder / "byt5")
    if clip_channels:
        write_clip(folder / "clip")
    shutil.rmtree(bundle, ignore_errors=True)
    export_bundle(Published(folder), bundle, settings, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    torch.set_num_threads(1)
    make(work, "random-paella", SETTINGS, None)
    make(work, "random-paella-clip", CLIP_SETTINGS, CLIP_WIDTH)


if __name__ == "__main__":
    main()
