"""Trains the autoencoder for a given number of minutes; rerunning with --decoder-only sharpens the decoder alone.

    python tools/train_vae.py --data <work>/faces --out <work>/vae --minutes 18

The loss asks for the right colours and the right edges (L1 of the differences at two scales): edges are
what makes features readable at 64×64. The KL term only keeps the latents from growing.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import Average, load, save
from models import autoencoder, parameters
from training import mixed_precision

LEARNING_RATE, WARM_UP, KL_WEIGHT, NOISE = 1.5e-3, 100, 1e-6, 0.04


def edges(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def chroma(x: torch.Tensor) -> torch.Tensor:
    """Colour differences. Without a term of their own, small coloured things (eye shadow, drops) come out gray."""
    return x[:, 0::2] - x[:, 1:2]


def picture_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    loss = F.l1_loss(output, target) + 4 * F.mse_loss(output, target) + F.l1_loss(chroma(output), chroma(target))
    a, b = torch.cat([output, chroma(output)], 1), torch.cat([target, chroma(target)], 1)
    for _ in range(2):
        loss = loss + sum(F.l1_loss(p, q) for p, q in zip(edges(a), edges(b)))
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return loss


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=18)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--resume", action="store_true", help="start from <out>/vae.pt")
    parser.add_argument("--decoder-only", action="store_true", help="with --resume, keep the encoder, and so the latents, as they are")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    pixels = np.load(arguments.data / "pixels.npy", mmap_mode="r")
    model = autoencoder().to(memory_format=torch.channels_last)
    before = {"step": 0, "seconds": 0.0}
    if arguments.resume or arguments.decoder_only:
        before = load(arguments.out / "vae.pt")
        model.load_state_dict(before["model"])
    if arguments.decoder_only:
        model.encoder.requires_grad_(False)
        model.quant_conv.requires_grad_(False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=arguments.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4)
    average = Average(trained, 0.998)
    print(f"{parameters(model):,} parameters, decoder {parameters(model.decoder):,}", flush=True)
    rng = np.random.default_rng(0)
    start, step, running = time.time(), 0, None
    while (elapsed := time.time() - start) < arguments.minutes * 60:
        progress = elapsed / (arguments.minutes * 60)
        rate = arguments.learning_rate * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * progress))
        optimizer.param_groups[0]["lr"] = max(rate, arguments.learning_rate * 0.01)
        x = to_tensor(pixels[np.sort(rng.choice(len(pixels), arguments.batch, replace=False))])
        with mixed_precision():
            with torch.set_grad_enabled(not arguments.decoder_only):
                posterior = model.encode(x).latent_dist
            z = posterior.sample()
            # A little noise makes the decoder forgive the denoiser's small errors.
            z = z + NOISE * z.detach().float().std() * torch.randn_like(z)
            output = model.decode(z).sample
        loss = picture_loss(output.float(), x)
        if not arguments.decoder_only:
            loss = loss + KL_WEIGHT * posterior.kl().float().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        average.update()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        step += 1
        if step % 50 == 0:
            print(f"step {step} {elapsed:.0f}s loss {running:.4f} latent std {posterior.mean.float().std():.2f}", flush=True)
        if step % 500 == 0:
            save(arguments.out / "vae_running.pt", model=model.state_dict(), step=step)
    average.copy_to_parameters()
    save(arguments.out / "vae.pt", model=model.state_dict(), step=before["step"] + step, seconds=before["seconds"] + time.time() - start)
    print(f"done: {step} steps of {arguments.batch}, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
