"""Batched generation with the tiny cascade in plain torch: the quick way to measure it under training.

Semantic guidance acts on stage I; stage II follows the prompt alone. `goldens_if.py` runs diffusers itself.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.pipelines.deepfloyd_if.timesteps import fast27_timesteps, smart27_timesteps, smart50_timesteps, smart100_timesteps
from diffusers.utils.torch_utils import randn_tensor

from models_if import MAX_TOKENS, NOISE_LEVEL
from sampling import steer

TIMESTEPS = {"fast27": fast27_timesteps, "smart27": smart27_timesteps, "smart50": smart50_timesteps, "smart100": smart100_timesteps}


class Cascade:
    """Holds both pipelines' networks and their encoded texts."""

    def __init__(self, first, second):
        self.tokenizer, self.text = first.tokenizer, first.text_encoder
        self.first, self.second, self.noising = (first.unet, first.scheduler), (second.unet, second.scheduler), second.image_noising_scheduler
        self._states: dict[str, torch.Tensor] = {}

    def encode(self, text: str) -> torch.Tensor:
        if text not in self._states:
            tokens = self.tokenizer(text, padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt")
            self._states[text] = self.text(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).last_hidden_state
        return self._states[text]

    @torch.inference_mode()
    def generate(self, prompt: str, seeds, concepts=(), *, timesteps=("smart27", "smart27"), scales=(3.5, 1.0), momentum=0.0, beta=0.4, batch=25) -> np.ndarray:
        """Pictures of both stages, uint8: [len(seeds), 32, 32, 3] and [len(seeds), 64, 64, 3]."""
        seeds = list(seeds)
        parts = [self._run(prompt, seeds[k : k + batch], concepts, timesteps, scales, momentum, beta) for k in range(0, len(seeds), batch)]
        return tuple(np.concatenate([self._picture(x) for x in stage]) for stage in zip(*parts))

    def _run(self, prompt, seeds, concepts, timesteps, scales, momentum, beta):
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        small = self._denoise(*self.first, 32, generators, prompt, concepts, TIMESTEPS[timesteps[0]], scales[0], momentum, beta)
        large = self._denoise(*self.second, 64, generators, prompt, (), TIMESTEPS[timesteps[1]], scales[1], momentum, beta, small)
        return small, large

    def _denoise(self, unet, scheduler, size, generators, prompt, concepts, timesteps, scale, momentum, beta, low=None):
        count = len(generators)
        x = randn_tensor((count, 3, size, size), generator=generators)
        texts = [prompt] if scale == 1 and not concepts else ["", prompt, *(concept.text for concept in concepts)]
        states = torch.cat([self.encode(text).expand(count, -1, -1) for text in texts])
        extra = {}
        if low is not None:
            raised = F.interpolate(low, size=(size, size), mode="bilinear", align_corners=True)
            level = torch.tensor([NOISE_LEVEL])
            low = self.noising.add_noise(raised, randn_tensor(raised.shape, generator=generators), level).repeat(len(texts), 1, 1, 1)
            extra = {"class_labels": level.expand(count * len(texts))}
        scheduler.set_timesteps(timesteps=timesteps)
        carried = torch.zeros_like(x)
        for step, t in enumerate(scheduler.timesteps):
            sample = x.repeat(len(texts), 1, 1, 1)
            sample = sample if low is None else torch.cat([sample, low], 1)
            with torch.autocast("cpu", torch.bfloat16):
                out = unet(sample.contiguous(memory_format=torch.channels_last), t, states, **extra).sample.float().chunk(len(texts))
            if len(texts) == 1:
                guided = out[0]
            else:
                epsilons, v = [o[:, :3] for o in out], out[1][:, 3:]
                direction, carried = steer(epsilons[0], epsilons[2:], concepts, step, carried, momentum, beta)
                guided = torch.cat([epsilons[0] + scale * (epsilons[1] - epsilons[0]) + direction, v], 1)
            x = scheduler.step(guided, t, x, generator=generators).prev_sample
        return x

    @staticmethod
    def _picture(x: torch.Tensor) -> np.ndarray:
        return ((x / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
