"""Batched generation with semantic guidance in plain torch: the quick way to measure a model under training.

The arithmetic is the reference implementation's (Brack et al. 2023, eq. 3-10; diffusers' semantic pipeline),
written for many seeds at once. `goldens.py` runs diffusers itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import DDIMScheduler


@dataclass(frozen=True)
class Concept:
    text: str
    away: bool = False
    scale: float = 6.0
    threshold: float = 0.9
    warmup: int = 3


class Sampler:
    """Holds a pipeline's networks and its encoded texts."""

    def __init__(self, pipeline):
        self.tokenizer, self.text, self.unet, self.vae = pipeline.tokenizer, pipeline.text_encoder, pipeline.unet, pipeline.vae
        self.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
        self.unet.to(memory_format=torch.channels_last)
        self._states: dict[str, torch.Tensor] = {}

    def encode(self, text: str) -> torch.Tensor:
        if text not in self._states:
            ids = self.tokenizer(text, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
            self._states[text] = self.text(ids).last_hidden_state
        return self._states[text]

    @torch.inference_mode()
    def generate(self, prompt: str, seeds, concepts=(), *, steps=25, scale=3.5, momentum=0.1, beta=0.4, batch=25, fast=True) -> np.ndarray:
        """Pictures, uint8 [len(seeds), 64, 64, 3]. `fast` computes in bfloat16."""
        seeds = list(seeds)
        parts = [self._run(prompt, seeds[k : k + batch], concepts, steps, scale, momentum, beta, fast) for k in range(0, len(seeds), batch)]
        return np.concatenate(parts)

    def _run(self, prompt, seeds, concepts, steps, scale, momentum, beta, fast):
        x = torch.cat([torch.randn(1, 4, 16, 16, generator=torch.Generator("cpu").manual_seed(s)) for s in seeds])
        states = torch.cat([self.encode(t).expand(len(seeds), -1, -1) for t in ["", prompt, *(c.text for c in concepts)]])
        self.scheduler.set_timesteps(steps)
        carried = torch.zeros_like(x)
        for step, t in enumerate(self.scheduler.timesteps):
            rows = x.repeat(2 + len(concepts), 1, 1, 1).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=fast):
                predictions = self.unet(rows, t, states).sample.float().chunk(2 + len(concepts))
            unconditional, conditional = predictions[:2]
            estimate = unconditional + scale * (conditional - unconditional)
            direction, carried = steer(unconditional, predictions[2:], concepts, step, carried, momentum, beta)
            x = self.scheduler.step(estimate + direction, t, x).prev_sample
        with torch.autocast("cpu", torch.bfloat16, enabled=fast):
            picture = self.vae.decode(x / self.vae.config.scaling_factor).sample.float()
        return ((picture / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()


def steer(unconditional, edits, concepts, step, carried, momentum, beta):
    """The direction of all concepts at one step, and the momentum carried on."""
    total, applied, warm = torch.zeros_like(unconditional), torch.zeros_like(unconditional), 0
    for edit, concept in zip(edits, concepts):
        direction = (edit - unconditional) * (-1 if concept.away else 1) * concept.scale
        limit = torch.quantile(direction.abs().flatten(2), concept.threshold, dim=2)[:, :, None, None]
        kept = torch.where(direction.abs() >= limit, direction, 0.0)
        total = total + kept
        if step >= concept.warmup:
            applied, warm = applied + kept, warm + 1
    if not concepts:
        return total, carried
    total = total + momentum * carried
    carried = beta * carried + (1 - beta) * total
    if warm == len(concepts):
        return total, carried
    return (applied / warm if warm else applied), carried
