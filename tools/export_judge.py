"""Exports the trained judge to a bundle, and records what torch says of a few drawings.

    python tools/export_judge.py --judge <work>/judge --out packages/tiny-faces/bundle/judge --goldens test/vectors/judge

The graph gives `logits`, one per attribute, and `features`: the 64 channels of the last convolution, averaged over the
picture, from which the distance between two sets of pictures is measured.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from PIL import Image
from torch import nn

from checkpoint import load
from export import file_records
from faces.attributes import EXCLUSIONS, MEDIA, STAND_INS, Face
from faces.render import render
from halve import write
from judge import OUTPUTS
from train_judge import network

#: One attribute or medium each; seeds count up.
GOLDENS = [Face(frozenset({name}), seed=seed) for seed, name in enumerate(("glasses", "beard", "makeup", "hat", "drops"))]
GOLDENS += [Face(frozenset(), medium, 20) for medium in MEDIA]


class WithFeatures(nn.Module):
    def __init__(self, trained: nn.Sequential):
        super().__init__()
        end = next(index for index, layer in enumerate(trained) if isinstance(layer, nn.Flatten))
        self.features, self.head = trained[:end], trained[end:]

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps = self.features(pixels)
        return self.head(maps), maps.mean((2, 3))


def rounded(trained: nn.Sequential) -> nn.Sequential:
    """The same network without normalisation layers, its weights rounded as the bundle stores them."""
    layers, index = [], 0
    while index < len(trained):
        layer = trained[index]
        if isinstance(layer, nn.Conv2d):
            layer, index = torch.nn.utils.fuse_conv_bn_eval(layer, trained[index + 1]), index + 1
        layers.append(layer)
        index += 1
    plain = nn.Sequential(*layers)
    for parameter in plain.parameters():
        if parameter.numel() >= 64:  # halve.SMALL
            parameter.data = parameter.data.half().float()
    return plain


def manifest(out: Path, name: str, card: dict) -> dict:
    return {
        "schema": "sega-bundle/1", "family": "judge", "name": name, "version": "0.1.0",
        "license": {"id": "MIT", "name": "MIT License", "acceptRequired": False},
        "source": {"exporter": "tools/export_judge.py", "torch": torch.__version__.split("+")[0], "recipe": "tools/README.md", "heldOut": card["heldOut"]},
        "files": file_records(out), "components": {"judge": "model.onnx"},
        "size": 64, "attributes": list(OUTPUTS),
        "exclusions": sorted(sorted(pair, key=OUTPUTS.index) for pair in EXCLUSIONS), "unsafe": list(STAND_INS),
    }


def record(model: nn.Module, pixels: np.ndarray, x: torch.Tensor, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(list(pixels), 1)).save(folder / "pictures.png", optimize=True)
    with torch.inference_mode():
        logits, features = ([[float(f"{number:.6g}") for number in row] for row in value.tolist()] for value in model(x))
    (folder / "judge.json").write_text(json.dumps({"attributes": OUTPUTS, "logits": logits, "features": features}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True, help="folder of train_judge.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="tiny-faces/judge")
    parser.add_argument("--goldens", type=Path)
    arguments = parser.parse_args()
    trained = network().eval()
    trained.load_state_dict(load(arguments.judge / "judge.pt")["model"])
    model = WithFeatures(rounded(trained)).eval()
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "model.onnx"
    torch.onnx.export(
        model, (torch.zeros(2, 3, 64, 64),), path, input_names=["pixels"], output_names=["logits", "features"],
        dynamic_axes={name: {0: "batch"} for name in ("pixels", "logits", "features")}, dynamo=False, opset_version=17,
    )
    write(onnx.load(path), path)
    shutil.copy(arguments.judge / "card.json", arguments.out / "card.json")
    card = json.loads((arguments.out / "card.json").read_text())
    (arguments.out / "bundle.json").write_text(json.dumps(manifest(arguments.out, arguments.name, card), indent=2) + "\n")

    pixels = np.stack([render(face) for face in GOLDENS])
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        differences = [float(np.abs(a - b.numpy()).max()) for a, b in zip(session.run(None, {"pixels": x.numpy()}), model(x))]
    print(f"{path.stat().st_size:,} bytes, max abs diff of logits and features {differences[0]:.1e}, {differences[1]:.1e}")
    if arguments.goldens:
        record(model, pixels, x, arguments.goldens)


if __name__ == "__main__":
    main()
