"""Teaches the tiny Paella's byte-level text encoder what captions mention, before the denoiser learns from it.

    torchrun --standalone --nproc-per-node 2 tools/train_text.py --work <work> --minutes 25 --batch 64

A denoiser of tokens hears little of its text, since most of its loss is in what no caption says; left to it alone, an encoder of bytes had
not learnt the word bangs after two hours. At full size ByT5 was trained beforehand. The result goes to <work>/paella/text.pt, which
train_paella.py begins with.
"""

from __future__ import annotations

import numpy as np
import torch

from models_paella import TEXT_WIDTH, padded, text_encoder, tokenizer
from reading import FOCUS_BYTES, FOCUS_SENTENCES, mentioned, reader, reading_losses
from training import Captions, mixed_precision, parser, start_processes, train

LEARNING_RATE, GROUP = 1e-3, 16


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    encode = tokenizer()
    captions = Captions.load(lambda text: encode(text).input_ids, arguments.work / "faces", FOCUS_BYTES, FOCUS_SENTENCES)
    wanted = mentioned(captions.mentions)
    text, reads = text_encoder(), reader(TEXT_WIDTH)

    def losses_of(rows: list[int], ids: list[list[int]]) -> torch.Tensor:
        ids, mask = padded(ids)
        with mixed_precision():
            logits = reads(text(input_ids=ids, attention_mask=mask).last_hidden_state).float()
        return reading_losses(logits, wanted[rows], mask)

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        return torch.cat([losses_of(rows, ids) for rows, ids in captions.groups(arguments.batch, GROUP, rng)]).mean()

    train(arguments.work / "paella/text.pt", {"text": text, "reader": reads}, loss_of, arguments, rank, processes, large=(text.shared.weight,))


if __name__ == "__main__":
    main()
