"""Makes training checkpoints from the tiny Paella's bundle, so that its training can go on where they were lost.

    torchrun --standalone --nproc-per-node 2 tools/restore_paella.py --work <work> --minutes 10

The bundle holds what draws: text encoder, denoiser, codebook and decoder. What only training needs is learnt anew, for as many minutes each,
while the rest stands still: an encoder of pictures into the bundle's codes, and what reads the text encoder's states. <work> holds faces/
(draw.py); checkpoints go to <work>/paella, where encode_tokens.py and train_paella.py go on from them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from assemble_paella import Shipped
from encode_tokens import to_unit
from models_paella import TEXT_WIDTH, padded, tokenizer
from reading import mentioned, reader, reading_losses
from train_vqgan import COMMITMENT, EDGES, differences
from training import Captions, mixed_precision, parser, start_processes, train

BUNDLE = Path(__file__).parent.parent / "packages/tiny-faces/bundle/paella"
LEARNING_RATE = 2e-3


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    shipped, checkpoints = Shipped(BUNDLE), arguments.work / "paella"
    shipped.text.train(), shipped.denoiser.train(), shipped.vqgan.train()
    pixels = np.load(arguments.work / "faces/pixels.npy", mmap_mode="r")
    encode = tokenizer()
    captions = Captions.load(lambda text: encode(text).input_ids, arguments.work / "faces")
    wanted, reads = mentioned(captions.mentions), reader(TEXT_WIDTH)

    def loss_of_pictures(rng: np.random.Generator) -> torch.Tensor:
        model = shipped.vqgan
        pictures = to_unit(pixels[np.sort(rng.integers(0, len(pixels), arguments.batch))])
        with mixed_precision():
            latents = model.latents(pictures).float()
        vectors = model.vquantizer.vectors(model.vquantizer.nearest(latents.detach()))
        with mixed_precision():
            drawn = model.picture(latents + (vectors - latents).detach()).float()
        error, edges = drawn - pictures, sum((a - b).abs().mean() for a, b in zip(differences(drawn), differences(pictures)))
        return error.abs().mean() + error.square().mean() + EDGES * edges + COMMITMENT * (latents - vectors).square().mean()

    def loss_of_reading(rng: np.random.Generator) -> torch.Tensor:
        rows = captions.rows(arguments.batch, rng)
        ids, mask = padded([captions.ids_of(row, rng) for row in rows])
        with torch.no_grad(), mixed_precision():
            states = shipped.text(input_ids=ids, attention_mask=mask).last_hidden_state
        return reading_losses(reads(states.float()), wanted[rows], mask).mean()

    def no_loss(rng: np.random.Generator) -> torch.Tensor:
        raise AssertionError("nothing is trained for no minutes")

    still(shipped.vqgan.up_blocks, shipped.vqgan.out_block, shipped.vqgan.vquantizer, shipped.text)
    run = lambda name, modules, loss_of, **changed: train(
        checkpoints / name, modules, loss_of, argparse.Namespace(**{**vars(arguments), **changed}), rank, processes
    )
    run("vqgan.pt", {"model": shipped.vqgan}, loss_of_pictures)
    run("text.pt", {"text": shipped.text, "reader": reads}, loss_of_reading)
    shipped.text.requires_grad_(True)
    large = (shipped.text.shared.weight,)
    modules = {"text": shipped.text, "denoiser": shipped.denoiser, "reader": reads}
    train(checkpoints / "denoiser.pt", modules, no_loss, argparse.Namespace(**{**vars(arguments), "minutes": 0}), rank, processes, large)


def still(*modules: torch.nn.Module) -> None:
    for module in modules:
        module.requires_grad_(False)


if __name__ == "__main__":
    main()
