"""Exports a Paella, tiny or full size, to an ONNX bundle.

    python tools/export_paella.py --work <work> --out packages/tiny-faces/bundle/paella
    python tools/export_paella.py --published paella --out paella-v3 --name paella-v3

`--work` is where the tiny model was trained, `--published` a folder of the official files (`Published` in assemble_paella.py says which).
Writes the graphs, the tokenizers and `bundle.json`, and checks every graph against torch on other sizes than it was traced with.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import torch

import graphs_paella as graphs
from assemble_paella import Published, Trained
from export import LICENSE_NAMES, TINY_RECIPE, TOKENIZER_FILES, file_records
from halve import write
from paella.denoiser import DenoiserConfig
from paella.vqgan import VqConfig

#: How pictures are sampled. `renoise` and `conditional` are shares of the steps: those after which tokens are replaced by the first
#: ones again, and those with classifier-free guidance. What is said of the prior and of pictures is for bundles that have it.
FULL_SIZE = {
    "sampling": {"temperature": [1.2, 0.2], "renoise": 0.8125, "conditional": 0.625}, "attentionWeights": {"text": 1.2, "image": 0.4},
    "prior": {"steps": 60, "scale": 3},
    "defaults": {"width": 256, "height": 256, "steps": 32, "scale": 8, "concept": {"scale": 4, "threshold": 0.9, "warmup": 3}},
}
TINY = {
    "sampling": {"temperature": [0.8, 0.2], "renoise": 0.9375, "schedule": "cosine"},
    "defaults": {
        "width": 64, "height": 64, "steps": 22, "scale": 1.5,
        "concept": {"scale": 3, "threshold": 0.9, "warmup": 5}, "momentum": {"scale": 0.2, "beta": 0.4},
    },
}


def difference(graph: graphs.CheckedGraph, path: Path) -> float:
    """The largest absolute difference between ONNX Runtime and torch on all of the graph's other inputs."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    reference = (graph.reference or graph.module).eval()
    worst = 0.0
    for inputs in graph.others:
        got = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        with torch.no_grad():
            expected = reference(*inputs.values())
        for a, b in zip(got, expected if isinstance(expected, tuple) else (expected,)):
            if a.shape != b.shape:
                raise SystemExit(f"{graph.folder}: {a.shape} in place of {tuple(b.shape)}")
            worst = max(worst, float(np.abs(a - b.numpy()).max()))
    return worst


def export(graph: graphs.CheckedGraph, out: Path) -> None:
    path = out / graph.folder / "model.onnx"
    write(graph.export(), path)
    sizes = ", ".join("×".join(map(str, next(iter(inputs.values())).shape)) for inputs in graph.others)
    print(f"{graph.folder}: {path.stat().st_size:,} bytes, max abs diff {difference(graph, path):.2e} on {sizes}", flush=True)


def export_networks(parts: Trained | Published, out: Path) -> tuple[DenoiserConfig, VqConfig, list[str]]:
    """One network after the other; what the manifest says of them, and the graphs' folders."""
    folders: list[str] = []

    def add(graph: graphs.CheckedGraph) -> None:
        export(graph, out)
        folders.append(graph.folder)

    denoiser = parts.denoiser
    add(graphs.denoiser(denoiser, divisor(denoiser.config)))
    add(graphs.text_encoder(parts.text, denoiser))
    if (clip := parts.clip) is not None:
        add(graphs.clip_text_encoder(clip, denoiser))
        add(graphs.image_conditioner(denoiser))
        add(graphs.prior(parts.prior))
    vqgan = parts.vqgan
    add(graphs.decoder(vqgan))
    add(graphs.quantizer(vqgan))
    return denoiser.config, vqgan.config, folders


def divisor(config: DenoiserConfig) -> int:
    """What height and width in tokens must be multiples of."""
    return config.patch * 2 ** (len(config.channels) - 1)


def copy_tokenizers(parts: Trained | Published, out: Path) -> dict:
    """The manifest's fields for the tokenizers."""
    parts.tokenizer.save_pretrained(out / "tokenizer")
    if parts.clip_tokenizer is None:
        return {"tokenizer": "tokenizer"}
    (out / "clip_tokenizer").mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        if (parts.clip_tokenizer / name).exists():
            shutil.copy(parts.clip_tokenizer / name, out / "clip_tokenizer" / name)
    return {"tokenizer": "tokenizer", "clipTokenizer": "clip_tokenizer"}


def export_bundle(parts: Trained | Published, out: Path, settings: dict, name: str, version: str = "0.1.0", license_id: str = "MIT") -> None:
    denoiser, vqgan, folders = export_networks(parts, out)
    if denoiser.codes != vqgan.codes:
        raise SystemExit(f"The denoiser predicts {denoiser.codes} codes, the codebook has {vqgan.codes}.")
    codebook = {"codes": vqgan.codes, "factor": 2**vqgan.levels}
    (out / "decoder/config.json").write_text(json.dumps(codebook) + "\n")
    tokenizers = copy_tokenizers(parts, out)
    training = {"recipe": TINY_RECIPE, "training": parts.record} if parts.record else {}
    bundle = {
        "schema": "sega-bundle/1", "family": "paella", "name": name, "version": version,
        "license": {"id": license_id, "name": LICENSE_NAMES.get(license_id, license_id), "acceptRequired": license_id != "MIT"},
        "source": {"exporter": "tools/export_paella.py", "torch": torch.__version__.split("+")[0], **training},
        "files": file_records(out), "components": {graphs.ROLES[folder]: f"{folder}/model.onnx" for folder in sorted(folders, key=list(graphs.ROLES).index)},
        **tokenizers, "codebook": {**codebook, "divisor": divisor(denoiser)}, "predictionType": "logits", **settings,
    }
    (out / "bundle.json").write_text(json.dumps(bundle, indent=2) + "\n")
    print(f"total {sum(p.stat().st_size for p in out.rglob('*') if p.is_file()):,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--work", type=Path)
    source.add_argument("--published", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="tiny-faces/paella")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--license", default="MIT")
    arguments = parser.parse_args()
    parts, settings = (Trained(arguments.work), TINY) if arguments.work else (Published(arguments.published), FULL_SIZE)
    export_bundle(parts, arguments.out, settings, arguments.name, arguments.version, arguments.license)


if __name__ == "__main__":
    main()
