"""Trains the tiny Paella's byte-level text encoder and its token denoiser together, for a given number of minutes; resumes by itself.

    torchrun --standalone --nproc-per-node 2 tools/train_paella.py --work <work> --minutes 180

<work> holds faces/ (draw.py), tokens.npy (encode_tokens.py) and paella/text.pt (train_text.py); checkpoints go to <work>/paella. A share t
of the tokens is replaced by random ones and the network says what they were; t is within (0, 1], for half of the pictures at its end. Meanwhile the text encoder goes on
saying what captions mention. Nothing is smoothed, unlike in the original's training: with a tenth spread over all codes, a tenth of what is
drawn at temperature 1 is a speck, and the low temperatures that hide those make blocks of one colour of everything else.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import load
from models_paella import CODES, TEXT_WIDTH, denoiser, padded, text_encoder, tokenizer
from reading import FOCUS_BYTES, mentioned, reader, reading_losses
from training import Captions, mixed_precision, parser, start_processes, train

LEARNING_RATE = 8e-4
#: Pictures that are denoised at once.
GROUP = 8
#: Weight of what the text encoder says of its captions.
READING_WEIGHT = 0.5
#: Half of the pictures have at least this share replaced: there it is the text that says what is drawn, with more of them left the picture does.
TEXT_DECIDES = 0.85
#: Weight of tokens that were not replaced, at t = 0; it rises to 1 at t = 1.
KEPT_WEIGHT = 0.3


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    encode = tokenizer()
    captions = Captions.load(lambda text: encode(text).input_ids, arguments.work / "faces", FOCUS_BYTES)
    grids = np.load(arguments.work / "tokens.npy")
    wanted = mentioned(captions.mentions)
    text, reads, model = text_encoder(), reader(TEXT_WIDTH), denoiser().to(memory_format=torch.channels_last)
    taught = load(arguments.work / "paella/text.pt")
    text.load_state_dict(taught["text"]), reads.load_state_dict(taught["reader"])

    def losses_of(rows: list[int], ids: list[list[int]], t: torch.Tensor) -> torch.Tensor:
        tokens = torch.from_numpy(grids[rows].astype(np.int64))
        replaced = torch.rand(tokens.shape) <= t[:, None, None]
        noisy = torch.where(replaced, torch.randint_like(tokens, CODES), tokens)
        ids, mask = padded(ids)
        with mixed_precision():
            states = text(input_ids=ids, attention_mask=mask).last_hidden_state
            bias = torch.where(mask == 1, 0.0, -1e4)
            logits = model(noisy, t, model.condition(states), bias).float()
            read = reads(states).float()
        weight = torch.where(replaced, 1.0, 1 - (1 - t[:, None, None]) * (1 - KEPT_WEIGHT))
        losses = (F.cross_entropy(logits, tokens, reduction="none") * weight).mean((1, 2))
        return losses + READING_WEIGHT * reading_losses(read, wanted[rows], mask)

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        t = (torch.randperm(arguments.batch) + torch.rand(arguments.batch)) / arguments.batch
        t = torch.where(t < 0.5, 2 * t, TEXT_DECIDES + (1 - TEXT_DECIDES) * (2 * t - 1))
        groups = captions.groups(arguments.batch, GROUP, rng)
        return torch.cat([losses_of(rows, ids, part) for (rows, ids), part in zip(groups, t.split(GROUP))]).mean()

    modules = {"text": text, "denoiser": model, "reader": reads}
    train(arguments.work / "paella/denoiser.pt", modules, loss_of, arguments, rank, processes, large=(text.shared.weight,))


if __name__ == "__main__":
    main()
