"""Exports a diffusers Stable Diffusion folder, tiny or full size, to an ONNX bundle.

    python tools/export.py --pipeline <work>/pipeline --text-keys --transposed-upsampling --out packages/tiny-faces/bundle/stable-diffusion
    python tools/export.py --pipeline stable-diffusion-v1-5 --out sd15 --name sd15 --license LicenseRef-CreativeML-OpenRAIL-M

Writes the graphs, the tokenizer, the scheduler's configuration and `bundle.json`, then runs every graph in
ONNX Runtime and prints how far it is from torch.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from diffusers import StableDiffusionPipeline

from graphs import Graph, graphs
from halve import write
from upsampling import transpose_upsampling

TINY_RECIPE = "tools/README.md"
LICENSE_NAMES = {"MIT": "MIT License", "LicenseRef-CreativeML-OpenRAIL-M": "CreativeML Open RAIL-M"}
TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")


def difference(graph: Graph, path: Path) -> float:
    """The largest absolute difference between ONNX Runtime and torch with the weights rounded to fp16."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # Another batch and size than the graph was traced with: dynamic axes must really be dynamic.
    inputs = {name: torch.cat([value, value]) if value.dim() else value for name, value in graph.inputs.items()}
    if "sample" in inputs or "latent_sample" in inputs:
        name = "sample" if "sample" in inputs else "latent_sample"
        inputs[name] = torch.cat([inputs[name], inputs[name]], 3)
    with torch.no_grad():
        for parameter in graph.module.parameters():
            parameter.data = parameter.data.half().float()
        expected = (graph.reference or graph.module).eval()(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    got = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(got, expected))


def copy_settings(pipeline, source: Path, out: Path) -> None:
    """Everything that is not a graph."""
    pipeline.scheduler.save_config(out / "scheduler")
    (out / "tokenizer").mkdir(parents=True, exist_ok=True)
    present = [name for name in TOKENIZER_FILES if (source / "tokenizer" / name).exists()]
    if "tokenizer.json" not in present and not {"vocab.json", "merges.txt"} <= set(present):
        raise SystemExit(f"{source}/tokenizer has {present}: a CLIP tokenizer is tokenizer.json, or vocab.json and merges.txt.")
    for name in present:
        shutil.copy(source / "tokenizer" / name, out / "tokenizer" / name)
    for part, config in (("unet", pipeline.unet.config), ("vae_decoder", pipeline.vae.config), ("text_encoder", pipeline.text_encoder.config)):
        values = {k: v for k, v in (config.to_dict() if hasattr(config, "to_dict") else dict(config)).items() if not k.startswith("_name")}
        (out / part / "config.json").write_text(json.dumps(values, indent=2, default=str) + "\n")
    index = {
        "_class_name": "OnnxStableDiffusionPipeline",
        "scheduler": ["diffusers", type(pipeline.scheduler).__name__],
        "text_encoder": ["diffusers", "OnnxRuntimeModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "OnnxRuntimeModel"],
        "vae_decoder": ["diffusers", "OnnxRuntimeModel"],
    }
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def file_records(out: Path) -> dict:
    """Size and checksum of every file of a bundle."""
    return {
        path.relative_to(out).as_posix(): {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(out.rglob("*")) if path.is_file() and path.name != "bundle.json"
    }


def manifest(pipeline, out: Path, name: str, version: str, license_id: str, training: dict) -> dict:
    factor = 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
    size = pipeline.unet.config.sample_size * factor
    text_keys = {"textKeys": "text_keys/model.onnx"} if (out / "text_keys/model.onnx").exists() else {}
    tiny = size == 64
    return {
        "schema": "sega-bundle/1", "family": "stable-diffusion", "name": name, "version": version,
        "license": {"id": license_id, "name": LICENSE_NAMES.get(license_id, license_id), "acceptRequired": license_id != "MIT"},
        "source": {"exporter": "tools/export.py", "torch": torch.__version__.split("+")[0], **({"recipe": TINY_RECIPE, "training": training} if tiny else {})},
        "files": file_records(out),
        "components": {"textEncoder": "text_encoder/model.onnx", **text_keys, "denoiser": "unet/model.onnx", "decoder": "vae_decoder/model.onnx"},
        "tokenizer": "tokenizer", "scheduler": "scheduler/scheduler_config.json",
        "latent": {"channels": pipeline.unet.config.in_channels, "factor": factor, "scale": pipeline.vae.config.scaling_factor},
        "predictionType": pipeline.scheduler.config.prediction_type,
        "defaults": {
            "width": size, "height": size, "steps": 25 if tiny else 50, "sampler": "ddim" if tiny else "pndm", "scale": 3.5 if tiny else 7.5,
            "concept": {"scale": 6, "threshold": 0.9, "warmup": 2} if tiny else {"scale": 5, "threshold": 0.9, "warmup": 10},
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="tiny-faces/stable-diffusion")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--license", default="MIT")
    parser.add_argument("--text-keys", action="store_true", help="what the denoiser makes of the texts as a graph of its own, run once for all steps")
    parser.add_argument("--transposed-upsampling", action="store_true", help="the denoiser's upsampling as one transposed convolution, for processors")
    arguments = parser.parse_args()
    pipeline = StableDiffusionPipeline.from_pretrained(arguments.pipeline, safety_checker=None, requires_safety_checker=False)
    if arguments.transposed_upsampling:
        transpose_upsampling(pipeline.unet)
    shutil.rmtree(arguments.out / "text_keys", ignore_errors=True)
    for graph in graphs(pipeline, split=arguments.text_keys):
        path = arguments.out / graph.folder / "model.onnx"
        write(graph.export(), path)
        print(f"{graph.folder}: {path.stat().st_size:,} bytes, max abs diff {difference(graph, path):.2e}")
    copy_settings(pipeline, arguments.pipeline, arguments.out)
    record = arguments.pipeline / "training.json"
    training = json.loads(record.read_text()) if record.exists() else {}
    bundle = manifest(pipeline, arguments.out, arguments.name, arguments.version, arguments.license, training)
    (arguments.out / "bundle.json").write_text(json.dumps(bundle, indent=2) + "\n")
    print(f"total {sum(p.stat().st_size for p in arguments.out.rglob('*') if p.is_file()):,} bytes")


if __name__ == "__main__":
    main()
