"""Writes the small safety checkers the TypeScript tests run on, and what diffusers' own say of the same pictures.

    python tools/make_checker_fixtures.py

The genuine classes of diffusers with a CLIP vision model of two layers and random weights: no picture is unsafe to them, but
their thresholds lie amid their scores, so that about half are flagged. Stable Diffusion's is exported as diffusers and
optimum lay it out (`safety_checker/model.onnx` with `has_nsfw_concepts`), DeepFloyd-IF's with its two scores.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.deepfloyd_if.safety_checker import IFSafetyChecker
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker, cosine_distance
from PIL import Image
from transformers import CLIPConfig
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

OUT = Path(__file__).resolve().parent.parent / "packages/safety/test/fixtures"
SIZE = 32
#: Width and height: larger than the network sees, smaller, and of other shapes.
SIZES = ((64, 64), (64, 64), (48, 96), (96, 48), (20, 30), (33, 65), (16, 16), (200, 70))


def config() -> CLIPConfig:
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": SIZE, "patch_size": 8, "projection_dim": 8}
    return CLIPConfig(vision_config=vision, projection_dim=8)


def pictures() -> list[Image.Image]:
    """Coloured noise of several grains, the same everywhere."""
    made = []
    for k, (width, height) in enumerate(SIZES):
        rng = np.random.default_rng(k)
        coarse = rng.integers(0, 256, (4 + k, 4, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR), np.int16)
        noise = rng.integers(-40, 41, smooth.shape)
        made.append(Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8)))
    return made


def moved(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def stable_diffusion(pixels: torch.Tensor) -> StableDiffusionSafetyChecker:
    checker = moved(StableDiffusionSafetyChecker(config()), 1)
    with torch.no_grad():
        embeddings = checker.visual_projection(checker.vision_model(pixels)[1])
        checker.concept_embeds.copy_(torch.randn(17, 8, generator=torch.Generator().manual_seed(2)))
        checker.special_care_embeds.copy_(torch.randn(3, 8, generator=torch.Generator().manual_seed(3)))
        similarity = cosine_distance(embeddings, checker.concept_embeds)
        # The middle of the pictures' largest similarity: half of them exceed it for some concept.
        checker.concept_embeds_weights.fill_(similarity.max(1).values.sort().values[len(pixels) // 2 - 1 : len(pixels) // 2 + 1].mean())
        checker.special_care_embeds_weights.fill_(0.9)
    return checker


class SafetyGraph(torch.nn.Module):
    def __init__(self, checker: StableDiffusionSafetyChecker):
        super().__init__()
        self.checker = checker

    def forward(self, clip_input: torch.Tensor, images: torch.Tensor):
        return self.checker.forward_onnx(clip_input, images)


class ScoreGraph(torch.nn.Module):
    """The two numbers DeepFloyd-IF's checker compares with its thresholds."""

    def __init__(self, checker: IFSafetyChecker):
        super().__init__()
        self.checker = checker

    def forward(self, clip_input: torch.Tensor):
        embeddings = self.checker.vision_model(clip_input)[0]
        return self.checker.p_head(embeddings).flatten(), self.checker.w_head(embeddings).flatten()


def deepfloyd_if(pixels: torch.Tensor) -> IFSafetyChecker:
    checker = moved(IFSafetyChecker(config()), 4)
    with torch.no_grad():
        embeddings = checker.vision_model(pixels)[0]
        for head in (checker.p_head, checker.w_head):
            head.weight.mul_(4)
            head.bias.add_(0.5 - head(embeddings).quantile(0.45))
        # One in four shows a watermark, half are unsafe.
        checker.w_head.bias.sub_(checker.w_head(embeddings).quantile(0.7) - 0.5)
    return checker


def export(module: torch.nn.Module, feeds: tuple, inputs: list[str], outputs: list[str], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} for name in ("clip_input", *outputs)} | {"images": {0: "batch", 1: "height", 2: "width"}, "out_images": {0: "batch", 1: "height", 2: "width"}}
    names = {*inputs, *outputs}
    torch.onnx.export(module, feeds, str(path), input_names=inputs, output_names=outputs, dynamic_axes={k: v for k, v in axes.items() if k in names}, opset_version=17, dynamo=False)


def main() -> None:
    torch.manual_seed(0)
    images = pictures()
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE})
    pixels = torch.tensor(np.stack([np.asarray(processor(image, return_tensors="np").pixel_values[0]) for image in images]))
    blank = lambda: np.ones((len(images), 2, 2, 3), np.float32)

    safety = stable_diffusion(pixels)
    flagged = safety(pixels, torch.ones(len(images), 2, 2, 3))[1]
    example = (pixels[:2], torch.ones(2, 2, 2, 3))
    export(SafetyGraph(safety), example, ["clip_input", "images"], ["out_images", "has_nsfw_concepts"], OUT / "stable-diffusion/safety_checker/model.onnx")

    watched = deepfloyd_if(pixels)
    _, unsafe, watermarked = watched(pixels, blank())
    with torch.no_grad():
        scores = ScoreGraph(watched)(pixels)
    export(ScoreGraph(watched), (pixels[:2],), ["clip_input"], ["nsfw_score", "watermark_score"], OUT / "deepfloyd-if/safety_checker/model.onnx")

    settings = {
        "crop_size": {"height": SIZE, "width": SIZE}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": list(processor.image_mean), "image_std": list(processor.image_std),
        "resample": 3, "rescale_factor": 1 / 255, "size": {"shortest_edge": SIZE},
    }
    for family in ("stable-diffusion", "deepfloyd-if"):
        folder = OUT / family / "feature_extractor"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")

    (OUT / "pictures.bin").write_bytes(b"".join(image.tobytes() for image in images))
    (OUT / "pixels.bin").write_bytes(pixels.numpy().astype("<f4").tobytes())
    verdicts = {
        "sizes": [list(size) for size in SIZES], "network": SIZE, "stableDiffusion": [bool(flag) for flag in flagged],
        "deepfloydIf": {"nsfw": scores[0].tolist(), "watermark": scores[1].tolist(), "unsafe": unsafe, "watermarked": watermarked},
    }
    (OUT / "verdicts.json").write_text(json.dumps(verdicts) + "\n")
    print(json.dumps(verdicts))


if __name__ == "__main__":
    main()
