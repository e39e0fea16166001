"""Teaches the text encoder of a trained tiny Paella further, and puts it back where training goes on from.

    torchrun --standalone --nproc-per-node 2 tools/reteach_text.py --work <work> --minutes 25 --batch 64

What the denoiser has learnt to hear must stay: the states of captions that name one thing are held where they were. Sentences, and captions of the
stand-ins, are free to move, towards being read as easily as those. <work> holds faces/ (draw.py) and paella/denoiser.pt (train_paella.py or
restore_paella.py), which is written anew with the text encoder in it and no training time spent.
"""

from __future__ import annotations

import argparse
import copy

import numpy as np
import torch

from assemble import averaged
from checkpoint import load
from faces.attributes import STAND_INS
from models_paella import TEXT_WIDTH, denoiser, padded, text_encoder, tokenizer
from reading import FOCUS_BYTES, FOCUS_SENTENCES, mentioned, reader, reading_losses
from train_text import GROUP, LEARNING_RATE
from training import Captions, mixed_precision, parser, start_processes, train

#: Weight of how far held states have moved, as a share of their size.
HELD_WEIGHT = 0.1


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    encode = tokenizer()
    captions = Captions.load(lambda text: encode(text).input_ids, arguments.work / "faces", FOCUS_BYTES, FOCUS_SENTENCES)
    wanted, held = mentioned(captions.mentions), torch.tensor([is_held(mention) for mention in captions.mentions])
    path = arguments.work / "paella/denoiser.pt"
    text, model, reads = trained(load(path))
    before = copy.deepcopy(text).requires_grad_(False)

    def losses_of(rows: list[int], ids: list[list[int]]) -> torch.Tensor:
        ids, mask = padded(ids)
        with mixed_precision():
            states = text(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            losses = reading_losses(reads(states).float(), wanted[rows], mask)
            if held[rows].any():
                old = before(input_ids=ids, attention_mask=mask).last_hidden_state.float()
                moved = ((states - old).square().mean(-1) * mask).sum(1) / (old.square().mean(-1) * mask).sum(1)
                losses = losses + HELD_WEIGHT * held[rows] * moved
        return losses

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        return torch.cat([losses_of(rows, ids) for rows, ids in captions.groups(arguments.batch, GROUP, rng)]).mean()

    taught = arguments.work / "paella/text-again.pt"
    train(taught, {"text": text, "reader": reads}, loss_of, arguments, rank, processes, large=(text.shared.weight,))
    if rank == 0:
        averaged(load(taught), text, reads)
        # No minutes: a checkpoint of these weights at the beginning of a training run.
        begun, at_once = path.with_name("denoiser-again.pt"), argparse.Namespace(**{**vars(arguments), "minutes": 0})
        train(begun, {"text": text, "denoiser": model, "reader": reads}, loss_of, at_once, 0, 1, large=(text.shared.weight,))
        begun.replace(path), taught.unlink()


def is_held(mention) -> bool:
    return not (mention.kind.startswith("sentence") or mention.present & set(STAND_INS))


def trained(state: dict) -> tuple[torch.nn.Module, torch.nn.Module, torch.nn.Module]:
    """Text encoder, denoiser and reader with the averaged weights of a training run."""
    modules = text_encoder(), denoiser(), reader(TEXT_WIDTH)
    averaged(state, *modules)
    return modules


if __name__ == "__main__":
    main()
