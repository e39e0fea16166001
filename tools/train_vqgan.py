"""Trains the tiny Paella's picture tokenizer for a given number of minutes; resumes by itself.

    torchrun --standalone --nproc-per-node 2 tools/train_vqgan.py --work <work> --minutes 25

Codes follow the mean of the latents they stand for (van den Oord et al. 2017, appendix A.1), and one that nobody chooses takes
over a latent of the batch, so that every code is used. <work> holds faces/ (draw.py); checkpoints go to <work>/paella.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch
import torch.distributed as dist

from models_paella import vqgan
from training import mixed_precision, parser, start_processes, train

LEARNING_RATE, COMMITMENT, EDGES = 2e-3, 0.25, 0.5
DECAY, RARE, RESTART_EVERY = 0.99, 0.05, 20


class CodeMeans:
    """The codebook as running means of what each code stands for, the same in every process."""

    def __init__(self, codebook: torch.nn.Embedding, processes: int):
        self.codes, self.processes = codebook.weight.requires_grad_(False), processes
        self.counts, self.sums = torch.ones(len(self.codes)), self.codes.detach().clone()

    @torch.no_grad()
    def update(self, latents: torch.Tensor, tokens: torch.Tensor) -> None:
        flat, chosen = latents.permute(0, 2, 3, 1).flatten(0, 2), tokens.flatten()
        counts = torch.zeros_like(self.counts).index_add_(0, chosen, torch.ones(len(chosen)))
        sums = torch.zeros_like(self.sums).index_add_(0, chosen, flat)
        if self.processes > 1:
            dist.all_reduce(counts), dist.all_reduce(sums)
        self.counts.lerp_(counts, 1 - DECAY), self.sums.lerp_(sums, 1 - DECAY)
        self.codes.copy_(self.sums / self.counts.clamp(min=1e-5)[:, None])

    @torch.no_grad()
    def restart(self, latents: torch.Tensor, share: float = RARE) -> int:
        """Codes chosen less than `share` times as often as on average take over latents of this batch."""
        flat = latents.permute(0, 2, 3, 1).flatten(0, 2)
        rare = self.counts < share * self.counts.mean()
        picked = flat[torch.randperm(len(flat))[: int(rare.sum())]].contiguous()
        if self.processes > 1:
            dist.broadcast(picked, 0)
        mean = self.counts.mean()
        self.codes[rare], self.sums[rare], self.counts[rare] = picked, picked * mean, mean
        return len(picked)


def differences(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def main() -> None:
    arguments = parser(__doc__, LEARNING_RATE).parse_args()
    rank, processes = start_processes()
    pixels = np.load(arguments.work / "faces/pixels.npy", mmap_mode="r")
    path, model = arguments.work / "paella/vqgan.pt", vqgan().to(memory_format=torch.channels_last)
    means, steps = CodeMeans(model.vquantizer.codebook, processes), itertools.count()

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        rows = np.sort(rng.integers(0, len(pixels), arguments.batch))
        pictures = (torch.from_numpy(pixels[rows]).permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            latents = model.latents(pictures).float()
        step = next(steps)
        if step == 0 and not path.exists():
            means.restart(latents.detach(), share=float("inf"))
        tokens = model.vquantizer.nearest(latents.detach())
        vectors = model.vquantizer.vectors(tokens)
        with mixed_precision():
            drawn = model.picture(latents + (vectors - latents).detach()).float()
        error, edges = drawn - pictures, sum((a - b).abs().mean() for a, b in zip(differences(drawn), differences(pictures)))
        means.update(latents.detach(), tokens)
        if step % RESTART_EVERY == 0:
            restarted = means.restart(latents.detach())
            if rank == 0 and step % 200 == 0:
                print(f"{restarted} codes restarted, error {error.abs().mean():.4f}", flush=True)
        return error.abs().mean() + error.square().mean() + EDGES * edges + COMMITMENT * (latents - vectors.detach()).square().mean()

    train(path, {"model": model}, loss_of, arguments, rank, processes)


if __name__ == "__main__":
    main()
