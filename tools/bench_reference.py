"""The torch side of `npm run bench`: runs what it is asked for on standard input, one JSON object a line.

    echo '{"do": "guidance", "shape": [1, 4, 64, 64], "repeats": 5}' | python tools/bench_reference.py

Needs torch, diffusers, transformers and onnx. The guidance step is not imitated: the lines between the network and the
scheduler are taken from the installed SemanticStableDiffusionPipeline and executed.
"""

from __future__ import annotations

import base64
import functools
import inspect
import json
import os
import sys
import textwrap
import time
import types
from pathlib import Path

# Libraries may print; only answers go to the real standard output.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

CONCEPTS = 4
FIRST, AFTER = "# perform guidance", "# compute the previous noisy sample"


class GuidanceStep:
    """Guidance at one warm step on fixed predictions, with everything the pipeline's loop has at that point."""

    def __init__(self, shape: tuple[int, ...]):
        import torch
        from diffusers import SemanticStableDiffusionPipeline

        lines = inspect.getsource(SemanticStableDiffusionPipeline.__call__).splitlines(keepends=True)
        start, end = (next(i for i, line in enumerate(lines) if mark in line) for mark in (FIRST, AFTER))
        self.code = compile(textwrap.dedent("".join(lines[start:end])), "SemanticStableDiffusionPipeline", "exec")
        generator = torch.Generator().manual_seed(0)
        self.predictions = torch.randn((2 + CONCEPTS) * shape[0], *shape[1:], generator=generator)
        records = dict.fromkeys(("uncond_estimates", "text_estimates", "edit_estimates", "sem_guidance"))
        self.scope = {
            "torch": torch, "self": types.SimpleNamespace(**records), "i": 20, "num_inference_steps": 25, "device": "cpu",
            "do_classifier_free_guidance": True, "guidance_scale": 7.5, "enable_edit_guidance": True,
            "enabled_editing_prompts": CONCEPTS, "edit_guidance_scale": 6.0, "edit_threshold": 0.9, "edit_weights": None,
            "reverse_editing_direction": [k == 0 for k in range(CONCEPTS)], "edit_warmup_steps": 3,
            "edit_cooldown_steps": None, "edit_momentum": None, "edit_momentum_scale": 0.3, "edit_mom_beta": 0.6,
            "sem_guidance": None,
        }

    def __call__(self) -> float:
        import torch

        self.scope["noise_pred"] = self.predictions
        with torch.no_grad():
            start = time.perf_counter()
            exec(self.code, self.scope)
            return 1000 * (time.perf_counter() - start)


class Pipeline:
    """diffusers' SEGA pipeline with the weights of an ONNX bundle."""

    def __init__(self, bundle: Path):
        from diffusers import AutoencoderKL, DDIMScheduler, SemanticStableDiffusionPipeline, UNet2DConditionModel
        from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

        from restored import restored

        config = lambda part: json.loads((bundle / part / "config.json").read_text())
        if folder := os.environ.get("SEGA_PIPELINE"):
            self.pipeline = SemanticStableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
            self.pipeline.set_progress_bar_config(disable=True)
            return
        self.pipeline = SemanticStableDiffusionPipeline(
            vae=restored(AutoencoderKL.from_config(config("vae_decoder")), bundle / "vae_decoder/model.onnx", "decoder", "post_quant_conv"),
            text_encoder=restored(CLIPTextModel(CLIPTextConfig(**config("text_encoder"))), bundle / "text_encoder/model.onnx"),
            tokenizer=CLIPTokenizer.from_pretrained(bundle / "tokenizer"),
            unet=restored(UNet2DConditionModel.from_config(config("unet")), bundle / "unet/model.onnx", also=bundle / "text_keys/model.onnx"),
            scheduler=DDIMScheduler.from_config(json.loads((bundle / "scheduler/scheduler_config.json").read_text())),
            safety_checker=None, feature_extractor=None, requires_safety_checker=False,
        )
        self.pipeline.set_progress_bar_config(disable=True)

    def __call__(self, request: dict) -> dict:
        import numpy
        import torch

        generators = [torch.Generator().manual_seed(seed) for seed in request["seeds"]]
        start = time.perf_counter()
        images = self.pipeline(
            request["prompt"], num_images_per_prompt=len(generators), generator=generators, **request["settings"]
        ).images
        return {
            "milliseconds": 1000 * (time.perf_counter() - start),
            "pixels": base64.b64encode(numpy.stack([numpy.asarray(image) for image in images]).tobytes()).decode(),
        }


guidance_step = functools.cache(GuidanceStep)
pipelines: dict[str, Pipeline] = {}


def answer(request: dict) -> dict:
    import torch

    if request["do"] == "start":
        import diffusers

        torch.set_num_threads(request["threads"])
        return {"torch": torch.__version__, "diffusers": diffusers.__version__}
    if request["do"] == "guidance":
        step = guidance_step(tuple(request["shape"]))
        return {"milliseconds": [step() for _ in range(request["repeats"])]}
    if request["do"] == "load":
        pipelines["loaded"] = Pipeline(Path(request["bundle"]))
        return {}
    return pipelines["loaded"](request)


def main() -> None:
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
