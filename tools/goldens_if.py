"""Runs diffusers' DeepFloyd-IF pipelines on tiny weights and records what they do, step by step.

    python tools/goldens_if.py --pipeline <work>/pipeline_if --bundle packages/tiny-faces/bundle/deepfloyd-if --out test/vectors/deepfloyd-if-parity

    python tools/goldens_if.py --pipeline <work>/random-cascade --only upscaled \\
        --bundle adapters/deepfloyd-if/test/fixtures/random-cascade --out test/vectors/deepfloyd-if-upscaler-parity

`--pipeline` holds the pipeline folders I and II, and III where there is an upscaler; `--bundle` is their export, which the
test runs. Writes cases.json (settings, offsets), states.bin (float32, little-endian: for each case and stage the state
after every step, every `stride`-th value of it) and pictures.bin (uint8, for each case and stage [pictures, height, width, 3]).

The random numbers of picture k are those of `torch.Generator("cpu").manual_seed(seed + k)`, which goes on from stage to
stage. diffusers has no semantic guidance for this model: here it is an independent implementation around the UNet, which
returns such rows that classifier-free guidance of scale w makes u + w·(c − u) + γ of them, with the prompt's own variance.
"""

from __future__ import annotations

import argparse
import json
import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import IFPipeline, IFSuperResolutionPipeline, StableDiffusionUpscalePipeline
from diffusers.pipelines.deepfloyd_if import timesteps as published
from diffusers.utils.torch_utils import randn_tensor

from golden_cases_if import CASES, CascadeCase

KEPT = 256  # values of a state that are recorded
ABSENT = {"safety_checker": None, "feature_extractor": None, "watermarker": None, "requires_safety_checker": False}


class SemanticGuidance:
    """The paper's equations on [batch, 3, height, width]: one threshold for each picture and channel."""

    def __init__(self, case: CascadeCase) -> None:
        self.case, self.step, self.velocity = case, 0, 0.0

    def tail(self, concept, estimate: torch.Tensor, unconditional: torch.Tensor) -> torch.Tensor:
        scaled = (-concept.scale if concept.away else concept.scale) * (estimate - unconditional)
        bound = torch.quantile(scaled.abs().flatten(2), concept.threshold, dim=2)[..., None, None]
        return concept.weight * torch.where(scaled.abs() >= bound, scaled, 0.0)

    def __call__(self, unconditional: torch.Tensor, estimates: list[torch.Tensor]) -> torch.Tensor:
        case, i = self.case, self.step
        self.step += 1
        tails = [self.tail(c, e, unconditional) for c, e in zip(case.concepts, estimates)]
        fed = sum(t for c, t in zip(case.concepts, tails) if c.cooldown is None or i < c.cooldown) + case.momentum * self.velocity
        acting = [t for c, t in zip(case.concepts, tails) if i >= c.warmup and (c.cooldown is None or i < c.cooldown)]
        warm = i >= max(c.warmup for c in case.concepts)
        gamma = sum(acting, torch.zeros_like(unconditional)) + (case.momentum * self.velocity if warm else 0.0)
        self.velocity = case.beta * self.velocity + (1 - case.beta) * (gamma if warm else fed)
        return gamma


@contextmanager
def steered(pipeline, case: CascadeCase, scale: float):
    """The pipeline with a UNet that also predicts the concepts, and puts their guidance into the prompt's rows."""
    unet, guidance = pipeline.unet, SemanticGuidance(case)
    plain = unet.forward
    texts = [pipeline.encode_prompt(c.text, do_classifier_free_guidance=False)[0] for c in case.concepts]

    def forward(sample, timestep, encoder_hidden_states, class_labels=None, **rest):
        rows = plain(sample, timestep, encoder_hidden_states, class_labels=class_labels, **rest)[0]
        half = len(sample) // 2
        labels = None if class_labels is None else class_labels[:half]
        unconditional, prompt = rows[:half, :3], rows[half:, :3]
        estimates = [plain(sample[:half], timestep, text.expand(half, -1, -1), class_labels=labels, return_dict=False)[0][:, :3] for text in texts]
        gamma = guidance(unconditional, estimates)
        return (torch.cat([rows[:half], torch.cat([prompt + gamma / scale, rows[half:, 3:]], 1)]),)

    unet.forward = forward
    try:
        yield
    finally:
        unet.forward = plain


def schedule(steps) -> dict:
    return {"timesteps": getattr(published, f"{steps}_timesteps")} if isinstance(steps, str) else {"num_inference_steps": steps}


def run(case: CascadeCase, pipelines: dict) -> dict:
    """By stage: states [steps, pictures, channels, height, width] and the pictures."""
    prompts = [prompt for prompt in case.prompts for _ in range(case.images)]
    count = len(prompts)
    generators = [torch.Generator("cpu").manual_seed(case.seed + k) for k in range(count)]
    done: dict = {}
    picture = None
    for stage, steps in case.steps.items():
        pipeline, scale = pipelines[stage], case.scale[stage]
        states: list[np.ndarray] = []
        arguments = {
            "prompt": prompts, "negative_prompt": [case.negative] * count if case.negative else None, "guidance_scale": scale, "generator": generators,
            "callback": lambda i, t, x: states.append(x.detach().numpy().copy()), **({} if picture is None else {"image": picture}),
        }
        if stage == "III":
            # diffusers draws the noise of the low-resolution picture first here, and that of the latents first in stage II.
            latents = randn_tensor((count, 4, *picture.shape[2:]), generator=generators)
            result = pipeline(**arguments, num_inference_steps=steps, latents=latents, output_type="np", noise_level=20).images
            done[stage] = np.stack(states), np.round(np.asarray(result) * 255).astype(np.uint8)
            continue
        arguments |= {**schedule(steps), "output_type": "pt", "clean_caption": False}
        if stage in case.stages and case.concepts:
            with steered(pipeline, case, scale):
                picture = pipeline(**arguments).images
        else:
            picture = pipeline(**arguments).images
        pixels = ((picture / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
        done[stage] = np.stack(states), pixels.permute(0, 2, 3, 1).numpy()
    return done


def steady(case: CascadeCase, pipelines: dict) -> tuple[CascadeCase, dict]:
    """The case with the first of ten seeds, counting up in hundreds, whose trajectory survives another runtime's rounding,
    or with the steadiest of them: where two values tie with a threshold within rounding, or a first step divides by a tiny
    √ᾱ, the reference does not reproduce itself either."""
    noise = torch.Generator("cpu")

    def rounded_otherwise(module, inputs, output):
        return (output[0] * (1 + 3e-6 * torch.randn(output[0].shape, generator=noise)),)

    found = []
    for attempt in range(10):
        tried = replace(case, seed=case.seed + 100 * attempt)
        trajectory = run(tried, pipelines)
        hooks = [pipelines[stage].unet.register_forward_hook(rounded_otherwise) for stage in case.steps]
        try:
            others = [run(tried, pipelines) for k in range(2) if noise.manual_seed(k)]
        finally:
            for hook in hooks:
                hook.remove()
        strayed = max(
            np.linalg.norm(a - b) / np.linalg.norm(b)
            for other in others for stage in case.steps for a, b in zip(other[stage][0], trajectory[stage][0])
        )
        found.append((strayed, tried, trajectory))
        if strayed < 3e-4:
            break
    strayed, tried, trajectory = min(found, key=lambda candidate: candidate[0])
    print(f"{case.name}: seed {tried.seed} strays by {strayed:.1e} under rounding", flush=True)
    return tried, trajectory


def load(folder: Path) -> dict:
    pipelines = {
        "I": IFPipeline.from_pretrained(folder / "I", **ABSENT),
        "II": IFSuperResolutionPipeline.from_pretrained(folder / "II", **ABSENT),
    }
    if (folder / "III").is_dir():
        pipelines["III"] = StableDiffusionUpscalePipeline.from_pretrained(folder / "III")
    for pipeline in pipelines.values():
        pipeline.set_progress_bar_config(disable=True)
    return pipelines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="names of cases")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    pipelines = load(arguments.pipeline)
    cases, states, pictures = [], [], []
    at_states = at_pictures = 0
    for case in CASES:
        if not set(case.steps) <= set(pipelines) or (arguments.only and case.name not in arguments.only):
            continue
        settled, trajectory = steady(case, pipelines)
        stages = {}
        for stage, (values, images) in trajectory.items():
            flat = values.reshape(len(values), -1)
            stride = max(1, flat.shape[1] // KEPT)
            kept = np.ascontiguousarray(flat[:, ::stride], dtype="<f4")
            stages[stage] = {
                "stride": stride, "states": {"offset": at_states, "shape": list(kept.shape)}, "pictures": {"offset": at_pictures, "shape": list(images.shape)},
            }
            states.append(kept.ravel())
            pictures.append(images.ravel())
            at_states, at_pictures = at_states + kept.size, at_pictures + images.size
        cases.append({**settled.settings(), "recorded": stages})
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.concatenate(states).tofile(arguments.out / "states.bin")
    np.concatenate(pictures).tofile(arguments.out / "pictures.bin")
    root = Path(__file__).resolve().parent.parent
    header = {
        "diffusers": diffusers.__version__, "torch": torch.__version__.split("+")[0], "offsets": "in elements",
        "bundle": arguments.bundle.resolve().relative_to(root).as_posix(), "cases": cases,
    }
    (arguments.out / "cases.json").write_text(json.dumps(header, indent=1) + "\n")
    print(sum(p.stat().st_size for p in arguments.out.iterdir()), "bytes")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
