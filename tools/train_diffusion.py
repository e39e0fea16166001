"""Trains Stable Diffusion's text encoder and UNet together on cached latents, for a given number of minutes; resumes by itself.

    torchrun --standalone --nproc-per-node 2 tools/train_diffusion.py --work <work> --minutes 80

<work> holds faces/ (draw.py), latents.npz (encode.py) and tokenizer/ (build_tokenizer.py); checkpoints go to <work>/diffusion.
Captions are worded anew each time a picture is seen; half of those that name nothing are dropped, which teaches the
unconditional branch.
"""

from __future__ import annotations

import numpy as np
import torch
from transformers import CLIPTokenizer

from models import scheduler, text_encoder, unet
from training import Captions, mixed_precision, parser, start_processes, stratified_timesteps, train

LEARNING_RATE, SNR_LIMIT = 6e-4, 5.0


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    tokenizer = CLIPTokenizer.from_pretrained(arguments.work / "tokenizer")
    captions = Captions.load(lambda text: tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids, arguments.work / "faces")
    cached = np.load(arguments.work / "latents.npz")
    latents, scale = torch.from_numpy(cached["latents"]), float(cached["scale"])
    text, denoiser = text_encoder(len(tokenizer), tokenizer.bos_token_id, tokenizer.eos_token_id), unet().to(memory_format=torch.channels_last)
    alpha_bar = scheduler().alphas_cumprod
    snr = alpha_bar / (1 - alpha_bar)
    weight = torch.minimum(snr, torch.tensor(SNR_LIMIT)) / snr

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        rows = captions.rows(arguments.batch, rng)
        clean = latents[rows].float() * scale
        noise, t = torch.randn_like(clean), stratified_timesteps(arguments.batch)
        a = alpha_bar[t].view(-1, 1, 1, 1)
        noisy = (a.sqrt() * clean + (1 - a).sqrt() * noise).contiguous(memory_format=torch.channels_last)
        ids = captions.ids(rows, rng)
        with mixed_precision():
            # Equal captions share one row of the text encoder.
            unique, inverse = torch.unique(ids, dim=0, return_inverse=True)
            states = text(unique).last_hidden_state[inverse]
            predicted = denoiser(noisy, t, states).sample
        return (weight[t] * (predicted.float() - noise).square().mean((1, 2, 3))).mean()

    train(arguments.work / "diffusion/latest.pt", {"text": text, "unet": denoiser}, loss_of, arguments, rank, processes, scale=scale)


if __name__ == "__main__":
    main()
