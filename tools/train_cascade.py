"""Trains one stage of the tiny DeepFloyd-IF cascade for a given number of minutes; resumes by itself.

    torchrun --standalone --nproc-per-node 2 tools/train_cascade.py --stage I  --work <work> --minutes 70
    torchrun --standalone --nproc-per-node 2 tools/train_cascade.py --stage II --work <work> --minutes 35

Stage I learns together with the text encoder; stage II reads the encoder that stage I left. <work> holds faces/ (draw.py) and
tokenizer_t5/ (build_t5_tokenizer.py); checkpoints go to <work>/cascade. The loss is IF's: the squared error of ε, plus the
variational bound for the learned variance, with ε held fixed in it (Nichol & Dhariwal 2021, L_hybrid).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from transformers import T5TokenizerFast

from assemble import averaged
from checkpoint import load
from models_if import MAX_TOKENS, NOISE_LEVEL, SIZES, noising_scheduler, scheduler, stage_i, stage_ii, text_encoder
from training import Captions, mixed_precision, parser, start_processes, stratified_timesteps, train

LEARNING_RATE, SNR_LIMIT = 6e-4, 5.0
#: Pictures of stage II's first half are cut to this size: twice as many details for the same time, as IF itself was trained.
CROP, CROP_SHARE = 32, 0.5
#: Sides of blocks whose mean error counts too in stage II, so that colours of large areas are learnt as soon as edges are
#: (Hoogeboom et al. 2023, simple diffusion: the multiscale loss), and how much.
BLOCKS, BLOCK_WEIGHT = (4, 16), 0.5


def vlb(alpha_bar: torch.Tensor, t: torch.Tensor, clean: torch.Tensor, noisy: torch.Tensor, epsilon: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The variational bound's term at t in bits per dimension, a thousandth of the whole, one for each picture."""
    at = lambda values: values[t].view(-1, 1, 1, 1)  # noqa: E731
    previous = torch.cat([torch.ones(1), alpha_bar[:-1]])
    beta = 1 - alpha_bar / previous
    posterior = beta * (1 - previous) / (1 - alpha_bar)
    # The first step's posterior variance is zero; the second's stands in for it, as in the original.
    floor, ceiling = torch.log(torch.cat([posterior[1:2], posterior[1:]])), torch.log(beta)
    fraction = (v + 1) / 2
    log_variance = fraction * at(ceiling) + (1 - fraction) * at(floor)

    def mean(x0: torch.Tensor) -> torch.Tensor:
        return at(previous.sqrt() * beta / (1 - alpha_bar)) * x0 + at((alpha_bar / previous).sqrt() * (1 - previous) / (1 - alpha_bar)) * noisy

    foreseen = (noisy - at((1 - alpha_bar).sqrt()) * epsilon.detach()) / at(alpha_bar.sqrt())
    distance = mean(clean) - mean(foreseen)
    kl = 0.5 * (log_variance - at(floor) + torch.exp(at(floor) - log_variance) - 1 + distance.square() * torch.exp(-log_variance))
    # At t = 0 the likelihood of the eight-bit value itself.
    spread = torch.exp(-0.5 * log_variance)
    gap = clean - mean(foreseen)
    inside = torch.special.ndtr((gap + 1 / 255) * spread) - torch.special.ndtr((gap - 1 / 255) * spread)
    term = torch.where(t.view(-1, 1, 1, 1) == 0, -inside.clamp(min=1e-12).log(), kl)
    return term.mean((1, 2, 3)) / np.log(2)


def main() -> None:
    options = parser(__doc__, LEARNING_RATE)
    options.add_argument("--stage", choices=list(SIZES), required=True)
    arguments = options.parse_args()
    rank, processes = start_processes()
    tokenizer = T5TokenizerFast.from_pretrained(arguments.work / "tokenizer_t5")
    captions = Captions.load(lambda text: tokenizer(text, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids, arguments.work / "faces")
    pixels = np.load(arguments.work / "faces/pixels.npy", mmap_mode="r")
    stage, folder = arguments.stage, arguments.work / "cascade"
    text = text_encoder(len(tokenizer))
    denoiser = (stage_i() if stage == "I" else stage_ii()).to(memory_format=torch.channels_last)
    if stage == "II":
        averaged(load(folder / "I.pt"), text)
        text.requires_grad_(False)
    alpha_bar, noising = scheduler(stage).alphas_cumprod, noising_scheduler().alphas_cumprod
    snr = alpha_bar / (1 - alpha_bar)
    weight = torch.minimum(snr, torch.tensor(SNR_LIMIT)) / snr

    def pictures(rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        chosen = torch.from_numpy(pixels[np.sort(rows)][np.argsort(np.argsort(rows))]).float().permute(0, 3, 1, 2) / 127.5 - 1
        if stage == "I":
            return F.avg_pool2d(chosen, 2)
        if rng.random() >= CROP_SHARE:
            return chosen
        top, left = 2 * rng.integers(0, (SIZES["II"] - CROP) // 2 + 1, 2)
        return chosen[:, :, top : top + CROP, left : left + CROP]

    def low_resolution(clean: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        raised = F.interpolate(F.avg_pool2d(clean, 2), scale_factor=2, mode="bilinear", align_corners=True)
        a = noising[levels].view(-1, 1, 1, 1)
        return a.sqrt() * raised + (1 - a).sqrt() * torch.randn_like(raised)

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        rows = captions.rows(arguments.batch, rng)
        clean = pictures(rows, rng)
        noise, t = torch.randn_like(clean), stratified_timesteps(arguments.batch)
        a = alpha_bar[t].view(-1, 1, 1, 1)
        noisy, extra = a.sqrt() * clean + (1 - a).sqrt() * noise, {}
        sample = noisy
        if stage == "II":
            # Any level half the time, else those around the one pictures are made with.
            near = torch.randint(NOISE_LEVEL - 150, NOISE_LEVEL + 150, (arguments.batch,))
            levels = torch.where(torch.rand(arguments.batch) < 0.5, near, torch.randint(0, 1000, (arguments.batch,)))
            sample, extra = torch.cat([noisy, low_resolution(clean, levels)], 1), {"class_labels": levels}
        ids = captions.ids(rows, rng)
        with mixed_precision():
            # Equal captions share one row of the text encoder.
            unique, inverse = torch.unique(ids, dim=0, return_inverse=True)
            states = text(input_ids=unique, attention_mask=(unique != 0).long()).last_hidden_state[inverse]
            out = denoiser(sample.contiguous(memory_format=torch.channels_last), t, states, **extra).sample.float()
        epsilon, v = out.chunk(2, dim=1)
        gap = epsilon - noise
        error = gap.square().mean((1, 2, 3))
        for side in BLOCKS if stage == "II" else ():
            # The mean of independent unit noise over a block has a variance of 1/side².
            error = error + BLOCK_WEIGHT * side**2 * F.avg_pool2d(gap, side).square().mean((1, 2, 3))
        return (weight[t] * error).mean() + vlb(alpha_bar, t, clean, noisy, epsilon, v).mean()

    modules = {"text": text, "unet": denoiser} if stage == "I" else {"unet": denoiser}
    train(folder / f"{stage}.pt", modules, loss_of, arguments, rank, processes, large=(text.shared.weight,) if stage == "I" else ())


if __name__ == "__main__":
    main()
