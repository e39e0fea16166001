"""Assembles a diffusers pipeline folder from the checkpoints, with weights rounded to fp16.

    python tools/assemble.py --work <work> --out <work>/pipeline

The rounding happens here, once: the exported bundle and the golden vectors then hold exactly the same numbers.
"""

from __future__ import annotations

import argparse
import inspect
import json
import shutil
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from transformers import CLIPTokenizer

from checkpoint import load
from models import autoencoder, scheduler, text_encoder, unet


def averaged(state: dict, *modules: torch.nn.Module) -> None:
    """Loads the moving average, which covers the modules' parameters in order."""
    values = iter(state["average"]["shadow"])
    for module in modules:
        for parameter in module.parameters():
            parameter.data.copy_(next(values))


def round_to_half(module: torch.nn.Module) -> torch.nn.Module:
    for parameter in module.parameters():
        parameter.data = parameter.data.half().float()
    return module.eval()


def assemble(work: Path) -> StableDiffusionPipeline:
    tokenizer = CLIPTokenizer.from_pretrained(work / "tokenizer")
    text = text_encoder(len(tokenizer), tokenizer.bos_token_id, tokenizer.eos_token_id)
    denoiser, vae = unet(), autoencoder()
    state, vae_state = load(work / "diffusion/latest.pt"), load(work / "vae/vae.pt")
    averaged(state, text, denoiser)
    vae.load_state_dict(vae_state["model"])
    vae.register_to_config(scaling_factor=float(state["scale"]))
    optional = {name: None for name in ("safety_checker", "feature_extractor", "image_encoder") if name in inspect.signature(StableDiffusionPipeline.__init__).parameters}
    return StableDiffusionPipeline(
        vae=round_to_half(vae), text_encoder=round_to_half(text), tokenizer=tokenizer, unet=round_to_half(denoiser),
        scheduler=scheduler(), requires_safety_checker=False, **optional,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    assemble(arguments.work).save_pretrained(arguments.out)
    # transformers 5 saves tokenizer.json alone; CLIP's own files are what diffusers folders hold.
    shutil.rmtree(arguments.out / "tokenizer")
    shutil.copytree(arguments.work / "tokenizer", arguments.out / "tokenizer")
    state, vae_state = load(arguments.work / "diffusion/latest.pt"), load(arguments.work / "vae/vae.pt")
    record = {"vaeSteps": vae_state["step"], "vaeSeconds": round(vae_state["seconds"]), "steps": state["step"], "seconds": round(state["seconds"])}
    (arguments.out / "training.json").write_text(json.dumps(record, indent=2) + "\n")
    print(record)


if __name__ == "__main__":
    main()
