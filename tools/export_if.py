"""Exports a DeepFloyd-IF cascade, tiny or full size, to an ONNX bundle.

    python tools/export_if.py --stage-i <work>/pipeline_if/I --stage-ii <work>/pipeline_if/II --out packages/tiny-faces/bundle/deepfloyd-if
    python tools/export_if.py --stage-i IF-I-XL-v1.0 --stage-ii IF-II-L-v1.0 --upscaler stable-diffusion-x4-upscaler \\
        --out if-xl --name if-xl --license LicenseRef-DeepFloyd-IF

Every folder is a diffusers pipeline. Networks are loaded, exported and checked against torch one at a time. Where a T5-XXL does not
fit, `--texts file` stores the embeddings of that file's lines (and of "") in place of the text encoder.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionUpscalePipeline, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import AutoTokenizer, T5EncoderModel

import graphs_if
from export import LICENSE_NAMES, TINY_RECIPE, difference, file_records
from graphs import Graph
from halve import write
from models_if import NOISE_LEVEL

LICENSE_NAMES |= {"LicenseRef-DeepFloyd-IF": "DeepFloyd IF License"}
LICENSE_URLS = {"LicenseRef-DeepFloyd-IF": "https://huggingface.co/spaces/DeepFloyd/deepfloyd-if-license"}
TOKENIZER_FILES = ("spiece.model", "tokenizer_config.json")


def export(graph: Graph, out: Path, config: dict | None = None) -> None:
    path = out / graph.folder / "model.onnx"
    write(graph.export(), path)
    print(f"{graph.folder}: {path.stat().st_size:,} bytes, max abs diff {difference(graph, path):.2e}", flush=True)
    if config is not None:
        values = {k: v for k, v in config.items() if not k.startswith("_name")}
        (path.parent / "config.json").write_text(json.dumps(values, indent=2, default=str) + "\n")


def copy_scheduler(source: Path, out: Path, name: str) -> str:
    (out / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "scheduler_config.json", out / name / "scheduler_config.json")
    return f"{name}/scheduler_config.json"


def export_text(folder: Path, out: Path, texts: Path | None) -> dict:
    """The text encoder, or the embeddings of given texts; the manifest's fields for it."""
    (out / "tokenizer").mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        shutil.copy(folder / "tokenizer" / name, out / "tokenizer" / name)
    model = T5EncoderModel.from_pretrained(folder / "text_encoder").eval()
    if texts is None:
        export(graphs_if.text_encoder(model), out, model.config.to_dict())
        return {"components": {"textEncoder": "text_encoder/model.onnx"}}
    tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
    embeddings = {}
    for text in dict.fromkeys(["", *texts.read_text().splitlines()]):
        tokens = tokenizer(text, padding="max_length", max_length=graphs_if.TOKENS, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            embeddings[text] = model(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).last_hidden_state[0].half().contiguous()
    save_file(embeddings, out / "embeddings.safetensors")
    return {"promptEmbeddings": "embeddings.safetensors"}


def export_pixels(folder: Path, out: Path, part: str, scheduler: str) -> dict:
    """One of the two pixel stages; its size and scheduler for the manifest."""
    model = UNet2DConditionModel.from_pretrained(folder / "unet").eval()
    export(graphs_if.unet(part, model), out, dict(model.config))
    return {"scheduler": copy_scheduler(folder / "scheduler", out, scheduler), "size": model.config.sample_size}


def export_upscaler(folder: Path, out: Path) -> dict:
    pipeline = StableDiffusionUpscalePipeline.from_pretrained(folder)
    for graph in graphs_if.upscaler(pipeline):
        export(graph, out)
    vae: AutoencoderKL = pipeline.vae
    shutil.copytree(folder / "tokenizer", out / "upscaler/tokenizer", dirs_exist_ok=True)
    return {
        "scheduler": copy_scheduler(folder / "scheduler", out, "upscaler/scheduler"),
        "noising": copy_scheduler(folder / "low_res_scheduler", out, "upscaler/low_res_scheduler"),
        "tokenizer": "upscaler/tokenizer", "maxNoiseLevel": pipeline.config.max_noise_level,
        "latent": {"channels": vae.config.latent_channels, "factor": 2 ** (len(vae.config.block_out_channels) - 1), "scale": vae.config.scaling_factor},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage-i", type=Path, required=True)
    parser.add_argument("--stage-ii", type=Path, required=True)
    parser.add_argument("--upscaler", type=Path)
    parser.add_argument("--texts", type=Path, help="store these prompts' embeddings instead of the text encoder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="tiny-faces/deepfloyd-if")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--license", default="MIT")
    arguments = parser.parse_args()
    out = arguments.out
    text = export_text(arguments.stage_i, out, arguments.texts)
    first = export_pixels(arguments.stage_i, out, "unet", "scheduler")
    second = export_pixels(arguments.stage_ii, out, "unet_2", "scheduler_2")
    tiny = second["size"] == 64
    components = {**text.pop("components", {}), "stageI": "unet/model.onnx", "stageII": "unet_2/model.onnx"}
    stages = {
        "I": {"component": "stageI", **first, "timesteps": "smart27" if tiny else "smart100", "scale": 3.5 if tiny else 7},
        "II": {
            "component": "stageII", **second, "noising": copy_scheduler(arguments.stage_ii / "image_noising_scheduler", out, "image_noising_scheduler"),
            "noiseLevel": NOISE_LEVEL, "timesteps": 27 if tiny else "smart50", "scale": 1 if tiny else 4,
            # Few noisy steps leave grain in a small network's pictures.
            **({"sampler": "ddim"} if tiny else {}),
        },
    }
    if arguments.upscaler:
        part = export_upscaler(arguments.upscaler, out)
        components |= {"stageIII": "upscaler/unet/model.onnx", "stageIIIText": "upscaler/text_encoder/model.onnx", "stageIIIDecoder": "upscaler/vae_decoder/model.onnx"}
        stages["III"] = {
            "component": "stageIII", "textEncoder": "stageIIIText", "decoder": "stageIIIDecoder", **part,
            "size": 4 * second["size"], "noiseLevel": 20, "timesteps": 75, "scale": 9,
        }
    record = arguments.stage_i.parent / "training.json"
    training = {"recipe": TINY_RECIPE, "training": json.loads(record.read_text())} if record.exists() else {}
    size = stages[list(stages)[-1]]["size"]
    bundle = {
        "schema": "sega-bundle/1", "family": "deepfloyd-if", "name": arguments.name, "version": arguments.version,
        "license": {
            "id": arguments.license, "name": LICENSE_NAMES.get(arguments.license, arguments.license), "acceptRequired": arguments.license != "MIT",
            **({"url": LICENSE_URLS[arguments.license]} if arguments.license in LICENSE_URLS else {}),
        },
        "source": {"exporter": "tools/export_if.py", "torch": torch.__version__.split("+")[0], **training},
        "files": file_records(out), "components": components, **text, "tokenizer": "tokenizer", "cleanCaption": False, "stages": stages,
        "defaults": {
            "width": size, "height": size,
            "concept": {"scale": 6, "threshold": 0.9, "warmup": 2} if tiny else {"scale": 7, "threshold": 0.82, "warmup": 22},
        },
    }
    (out / "bundle.json").write_text(json.dumps(bundle, indent=2) + "\n")
    print(f"total {sum(p.stat().st_size for p in out.rglob('*') if p.is_file()):,} bytes")


if __name__ == "__main__":
    main()
