"""Writes a model card from what was measured, so that its figures cannot drift from the bundle.

    python tools/card.py --model stable-diffusion --pipeline <work>/pipeline --report <work>/report.json
    python tools/card.py --model deepfloyd-if --pipeline <work>/pipeline_if --report <work>/report_if.json
    python tools/card.py --model paella --pipeline <work> --report <work>/report_paella.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from faces.attributes import ATTRIBUTES
from judge import card as judge_card
from models import parameters
from tables import markdown

TEMPLATE = """# {title}

{about}

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
{parts}

Two CPU cores, bfloat16 autocast; AdamW, cosine decay, gradient clipping, moving average of the weights;
half of the captions that name nothing are dropped; captions that name a smile or a beard are seen twice as often as others.
{schedule} Weights are stored in fp16 and computed in fp32. Commands: `tools/README.md`.

## How well guidance works
{count} seeds per row, counted from {seed}, one setting for all: {setting}. Success: the judge sees what was asked for. Unasked changes: any
other of the ten attributes that differs from the unguided picture of the same seed, averaged; pairs that the drawing cannot show
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


def stable_diffusion(folder: Path, training: dict) -> dict:
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
    parts = [
        ("autoencoder", "`AutoencoderKL`, 64×64×3 → 16×16×4", f"decoder {parameters(pipeline.vae.decoder):,}", f"{training['vaeSteps']:,} steps of 16, {training['vaeSeconds']:,} s"),
        ("text encoder", f"`CLIPTextModel`, {len(pipeline.tokenizer)} tokens", f"{parameters(pipeline.text_encoder):,}", "with the UNet"),
        ("denoiser", "`UNet2DConditionModel`, ε-prediction", f"{parameters(pipeline.unet):,}", f"{training['steps']:,} steps of 64, {training['seconds']:,} s"),
    ]
    about = """Draws 64×64 faces from text. Same architecture, graph names and bundle layout as Stable Diffusion 1.5 (CLIP text encoder, UNet with
cross-attention, autoencoder with 4 latent channels), small enough to ship inside an SDK and trained well enough to steer:
it is the default model, the test fixture and the yardstick of `@sega/guidance`. What the UNet makes of the text alone, keys and values of its
cross-attentions, is a graph of its own, `text_keys`."""
    return {"title": "tiny-faces: a Stable Diffusion of {size:.1f} MB that means something", "about": about, "parts": parts,
            "schedule": "Noise schedule of Stable Diffusion 1.5, min-SNR weighting (γ = 5)."}


def deepfloyd_if(folder: Path, training: dict) -> dict:
    from diffusers import IFPipeline, IFSuperResolutionPipeline

    from assemble_if import ABSENT

    first, second = IFPipeline.from_pretrained(folder / "I", **ABSENT), IFSuperResolutionPipeline.from_pretrained(folder / "II", **ABSENT)
    parts = [
        ("text encoder", f"`T5EncoderModel`, {len(first.tokenizer)} pieces, 77 tokens with mask", f"{parameters(first.text_encoder):,}", "with stage I"),
        ("stage I", "`UNet2DConditionModel`, 32×32, ε and learned variance", f"{parameters(first.unet):,}", f"{training['stepsI']:,} steps of 64, {training['secondsI']:,} s"),
        ("stage II", "`UNet2DConditionModel`, 32×32 → 64×64, noise level as class label", f"{parameters(second.unet):,}", f"{training['stepsII']:,} steps of 64, {training['secondsII']:,} s"),
    ]
    about = """Draws 64×64 faces from text in two pixel stages, 32×32 and then 64×64. Same architecture, graph names and stages as DeepFloyd-IF (T5
encoder with mask, attention to text and picture together, six output channels of noise and learned variance, dynamic
thresholding, noise-level conditioning), small enough to ship inside an SDK and trained well enough to steer. Semantic
guidance acts on stage I alone; stage II follows the prompt."""
    return {"title": "tiny-faces: a DeepFloyd-IF cascade of {size:.1f} MB that means something", "about": about, "parts": parts,
            "schedule": "IF's cosine noise schedule, min-SNR weighting (γ = 5), and IF's loss for the learned variance; stage II saw crops more often than "
                        "whole pictures."}


def paella(folder: Path, training: dict) -> dict:
    from assemble_paella import Trained
    from models_paella import CODES, GRID, MAX_BYTES

    model = Trained(folder)
    parts = [
        ("picture tokenizer", f"VQGAN, 64×64×3 → {GRID}×{GRID} of {CODES} codes", f"{parameters(model.vqgan):,}", f"{training['vqganSteps']:,} steps of 64, {training['vqganSeconds']:,} s"),
        ("text encoder", f"`T5EncoderModel` on bytes, {MAX_BYTES} at most", f"{parameters(model.text):,}", f"{training['textSteps']:,} steps of 128 on what captions mention, then with the denoiser"),
        ("denoiser", f"Paella's, patches of 2×2 tokens, on {GRID // 2}×{GRID // 2} and {GRID // 4}×{GRID // 4}", f"{parameters(model.denoiser):,}", f"{training['steps']:,} steps of 64, {training['seconds']:,} s"),
    ]
    about = f"""Draws 64×64 faces from text as {GRID}×{GRID} tokens. The block types of Paella's denoiser and tokenizer (ConvNeXt-like blocks, attention to text
and picture together, a codebook of {CODES}), a byte-level T5 for the text, no CLIP and no prior: small enough to ship inside an SDK and trained well
enough to steer. Two pixels to a token, not four: faces this small lose their mouths otherwise."""
    return {"title": "tiny-faces: a Paella of {size:.1f} MB that means something", "about": about, "parts": parts,
            "schedule": "A random share of the tokens, from none to all, is replaced by random ones; cross-entropy, smoothed by 0.1 in the first 7,368 steps, "
                        "tokens that were kept weigh less. In the last 3,513 steps half of the pictures had at least 85 % replaced, where only the text can say what is "
                        "drawn. Captions that name bangs are seen four times as often, a bald head twice, stand-ins six times from step 10,284 on, sixteen times from 11,434 "
                        "on and eight times in the last 3,045, smiles four times in the last 1,880. The text encoder learns to say what its caption mentions, alone at first and again before the last 3,890 and the last 3,045 steps; the denoiser's first "
                        "5,253 steps were with one that had not been taught so."}


MODELS = {"stable-diffusion": stable_diffusion, "deepfloyd-if": deepfloyd_if, "paella": paella}


def shown(value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=list(MODELS), required=True)
    parser.add_argument("--pipeline", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--package", type=Path, default=Path("packages/tiny-faces"))
    arguments = parser.parse_args()
    bundle = arguments.package / "bundle" / arguments.model
    training = json.loads((bundle / "bundle.json").read_text())["source"]["training"]
    report, judge = json.loads(arguments.report.read_text()), judge_card()
    own = MODELS[arguments.model](arguments.pipeline, training)
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) / 1e6
    (arguments.package / "cards" / f"{arguments.model}.md").write_text(TEMPLATE.format(
        title=own["title"].format(size=size), about=own["about"], sheet=f"{arguments.model}.png", rows=", ".join(report["cases"]),
        parts="\n".join(f"| {' | '.join(part)} |" for part in own["parts"]), schedule=own["schedule"],
        count=max(report["pictures"].values()), seed=report["seed"], table=markdown(report),
        setting=", ".join(f"{key.replace('_', ' ')} {shown(value)}" for key, value in report["setting"].items()),
        held_out=judge["heldOut"], accuracy=", ".join(f"{name} {judge['accuracy'][name]:.1%}" for name in ATTRIBUTES),
    ))


if __name__ == "__main__":
    main()
