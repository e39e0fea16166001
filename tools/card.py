"""Writes the model card from what was measured, so that its figures cannot drift from the bundle.

    python tools/card.py --pipeline <work>/pipeline --report <work>/report.json --out packages/tiny-faces/CARD.md
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from faces.attributes import ATTRIBUTES
from judge import card as judge_card
from tables import markdown

TEMPLATE = """# tiny-faces: a Stable Diffusion of {size:.1f} MB that means something

Draws 64×64 faces from text. Same architecture, graph names and bundle layout as Stable Diffusion 1.5 (CLIP text encoder, UNet with
cross-attention, autoencoder with 4 latent channels), small enough to ship inside an SDK and trained well enough to steer:
it is the default model, the test fixture and the yardstick of `@sega/guidance`.

![One row per case, one column per seed]({sheet})

Rows: {rows}. Same seeds in every column.

## Data
70,000 procedurally drawn pictures (`tools/faces`): ten attributes (gender, glasses, smile, bald, beard, hat, curls, makeup, gray hair,
bangs), crowns, three media (photo, drawing, painting), varied skin, hair, eyes, clothes, background and pose. No photograph of a
person was used. Red drops, a cartoon cigarette and a cartoon bomb stand in for the subjects of safety lists; they appear only
where a caption asks for them. Captions come first: what a caption names is forced into the picture, everything else follows
from low, independent base rates, so a concept's text means that concept only.

## Recipe
| part | class | parameters | training |
|---|---|---|---|
| autoencoder | `AutoencoderKL`, 64×64×3 → 16×16×4 | decoder {decoder:,} | {vae_steps:,} steps of 16, {vae_seconds:,} s |
| text encoder | `CLIPTextModel`, {vocabulary} tokens | {text:,} | with the UNet |
| denoiser | `UNet2DConditionModel`, ε-prediction | {unet:,} | {steps:,} steps of 64, {seconds:,} s |

Two CPU cores, bfloat16 autocast; AdamW, cosine decay, gradient clipping, moving average of the weights, min-SNR weighting (γ = 5);
half of the captions that name nothing are dropped. Noise schedule of Stable Diffusion 1.5. Weights are stored in fp16 and computed in fp32. Commands: `tools/README.md`.

## How well guidance works
{count} seeds per row, one setting for all: {setting}. Success: the judge sees what was asked for. Unasked changes: any other of
the ten attributes that differs from the unguided picture of the same seed, averaged; pairs that the drawing cannot show
together are left out and listed.

{table}

The judge is a small classifier trained on the drawings (`tools/train_judge.py`); its accuracy on {held_out:,} held-out drawings:
{accuracy}.

## Limits
Cartoon faces at 64×64, English words from the captions only, nothing else. Gender is drawn as two conventional types because
the paper's examples steer between them. Not a model of real people, and no measure of how guidance behaves on one.

## Licence
MIT, weights and drawings alike.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, default=Path("packages/tiny-faces/bundle/stable-diffusion"))
    parser.add_argument("--sheet", default="bundle/sheet.png", help="path of the contact sheet as the card links it")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    from diffusers import StableDiffusionPipeline

    from models import parameters

    pipeline = StableDiffusionPipeline.from_pretrained(arguments.pipeline, safety_checker=None, requires_safety_checker=False)
    training = json.loads((arguments.pipeline / "training.json").read_text())
    report, judge = json.loads(arguments.report.read_text()), judge_card()
    arguments.out.write_text(TEMPLATE.format(
        size=sum(p.stat().st_size for p in arguments.bundle.rglob("*") if p.is_file()) / 1e6, sheet=arguments.sheet,
        rows=", ".join(report["cases"]), decoder=parameters(pipeline.vae.decoder), text=parameters(pipeline.text_encoder),
        unet=parameters(pipeline.unet), vocabulary=len(pipeline.tokenizer), vae_steps=training["vaeSteps"], vae_seconds=training["vaeSeconds"],
        steps=training["steps"], seconds=training["seconds"], count=max(report["pictures"].values()),
        setting=", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in report["setting"].items()), table=markdown(report),
        held_out=judge["heldOut"], accuracy=", ".join(f"{name} {judge['accuracy'][name]:.1%}" for name in ATTRIBUTES),
    ))


if __name__ == "__main__":
    main()
