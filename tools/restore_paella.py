"""Makes training checkpoints from the tiny Paella's bundle, so that its training can go on where they were lost.

    torchrun --standalone --nproc-per-node 2 tools/restore_paella.py --work <work> --minutes 5 --batch 8

The bundle holds what draws: text encoder, denoiser, codebook and decoder. What only training needs is learnt anew while the rest
stands still: an encoder that finds the codes in pictures the bundle draws, and what reads the text encoder's states. <work> holds
faces/ (draw.py); checkpoints go to <work>/paella, where encode_tokens.py and train_paella.py go on from them.

Nearly all codes are found, which an encoder that learns to make the decoder repeat the training pictures does not reach: that one
gets as near to the pictures with other codes, and the denoiser would have to learn those.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from assemble_paella import Shipped
from encode_tokens import to_unit
from models_paella import CODES, GRID, TEXT_WIDTH, padded, tokenizer
from reading import mentioned, reader, reading_losses
from training import Captions, mixed_precision, parser, start_processes, train

BUNDLE = Path(__file__).parent.parent / "packages/tiny-faces/bundle/paella"
LEARNING_RATE = 3e-3
#: Pictures the bundle draws, in each process.
DRAWN = 240
#: Of the sampler they are drawn by; temperatures are those of its first and last step.
STEPS, TEMPERATURES = 20, (1.0, 0.4)


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    shipped, checkpoints = Shipped(BUNDLE), arguments.work / "paella"
    pixels = np.load(arguments.work / "faces/pixels.npy", mmap_mode="r")
    encode = tokenizer()
    captions = Captions.load(lambda text: encode(text).input_ids, arguments.work / "faces")
    wanted, reads = mentioned(captions.mentions), reader(TEXT_WIDTH)
    grids = drawn_grids(shipped, captions, np.random.default_rng((1, rank)), arguments.batch)
    model, norm = shipped.vqgan, shipped.vqgan.down_blocks[-1][1]
    norm.momentum = 1.0  # its statistics are those of the batch before

    def loss_of_codes(rng: np.random.Generator) -> torch.Tensor:
        tokens = grids[rng.integers(0, len(grids), arguments.batch)]
        with torch.no_grad():
            pictures = model.decode(tokens).clamp(0, 1)
            model.train().latents(to_unit(pixels[np.sort(rng.integers(0, len(pixels), arguments.batch))]))
        return (model.eval().latents(pictures) - model.vquantizer.vectors(tokens)).square().mean()

    def loss_of_reading(rng: np.random.Generator) -> torch.Tensor:
        rows = captions.rows(arguments.batch, rng)
        ids, mask = padded([captions.ids_of(row, rng) for row in rows])
        with torch.no_grad(), mixed_precision():
            states = shipped.text(input_ids=ids, attention_mask=mask).last_hidden_state
        return reading_losses(reads(states.float()), wanted[rows], mask).mean()

    def no_loss(rng: np.random.Generator) -> torch.Tensor:
        raise AssertionError("nothing is trained for no minutes")

    for module in (model.up_blocks, model.out_block, model.vquantizer, shipped.text):
        module.requires_grad_(False)
    run = lambda name, modules, loss_of, **changed: train(
        checkpoints / name, modules, loss_of, argparse.Namespace(**{**vars(arguments), **changed}), rank, processes
    )
    run("vqgan.pt", {"model": model}, loss_of_codes)
    run("text.pt", {"text": shipped.text, "reader": reads}, loss_of_reading)
    shipped.text.requires_grad_(True)
    large = (shipped.text.shared.weight,)
    modules = {"text": shipped.text, "denoiser": shipped.denoiser, "reader": reads}
    train(checkpoints / "denoiser.pt", modules, no_loss, argparse.Namespace(**{**vars(arguments), "minutes": 0}), rank, processes, large)


@torch.no_grad()
def drawn_grids(shipped: Shipped, captions: Captions, rng: np.random.Generator, batch: int) -> torch.Tensor:
    """Tokens of `DRAWN` pictures of the training's captions, without guidance."""
    return torch.cat([drawn(shipped, captions.groups(batch, batch, rng)[0][1]) for _ in range(-(-DRAWN // batch))])[:DRAWN]


def drawn(shipped: Shipped, texts: list[list[int]]) -> torch.Tensor:
    """Tokens for texts, all replaced by random ones at first and fewer at every step."""
    ids, mask = padded(texts)
    condition = shipped.denoiser.condition(shipped.text(input_ids=ids, attention_mask=mask).last_hidden_state)
    noise = torch.randint(CODES, (len(texts), GRID, GRID))
    tokens = noise
    for step in range(STEPS):
        r, then = 1 - step / STEPS, 1 - (step + 1) / STEPS
        warmth = TEMPERATURES[0] + (TEMPERATURES[1] - TEMPERATURES[0]) * step / (STEPS - 1)
        logits = shipped.denoiser(tokens, torch.full((len(texts),), r), condition, torch.where(mask == 1, 0.0, -1e4))
        chosen = torch.distributions.Categorical(logits=logits.permute(0, 2, 3, 1) / warmth).sample()
        tokens = torch.where(torch.rand(chosen.shape) < then, noise, chosen)
    return tokens


if __name__ == "__main__":
    main()
