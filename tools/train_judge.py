"""Trains the judge on drawings where every attribute is common and independent of every other.

    python tools/train_judge.py --out <work>/judge [--vae <work>/vae/vae.pt]

With --vae, half of the pictures also pass through the autoencoder, since that is what generated pictures look like.
`export_judge.py` makes the bundle of it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checkpoint import save
from faces.attributes import BASE_RATES, FLAGS, MEDIA, Face, excluded_by
from faces.render import render
from judge import OUTPUTS
from training import mixed_precision

COUNT, HELD_OUT, EPOCHS, BATCH = 20_000, 4_000, 7, 64


def network() -> nn.Module:
    def block(a: int, b: int, size: int = 3) -> list[nn.Module]:
        return [nn.Conv2d(a, b, size, 2, size // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU()]

    return nn.Sequential(*block(3, 16, 5), *block(16, 32), *block(32, 48), *block(48, 64), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1024, len(OUTPUTS)))


def sample_face(rng: np.random.Generator) -> Face:
    present = {"male"} if rng.random() < 0.5 else set()
    for name in rng.permutation(list(BASE_RATES)):
        name = str(name)
        if rng.random() < (0.1 if name in ("drops", "cigarette", "bomb", "crown") else 0.3) and not excluded_by(name) & present:
            present.add(name)
    return Face(frozenset(present), MEDIA[int(rng.choice(3, p=(0.88, 0.06, 0.06)))], int(rng.integers(2**31)))


def labels(face: Face) -> np.ndarray:
    return np.concatenate([face.labels(), [face.medium == medium for medium in MEDIA]]).astype(np.float32)


def augment(x: torch.Tensor) -> torch.Tensor:
    """Blur, noise and light, as an imperfect generator might add them."""
    if torch.rand(()) < 0.4:
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    if torch.rand(()) < 0.5:
        x = x + torch.randn_like(x) * 0.08 * torch.rand(len(x), 1, 1, 1)
    x = x * (1 + 0.12 * torch.randn(len(x), 1, 1, 1)) + 0.06 * torch.randn(len(x), 3, 1, 1)
    return torch.roll(x, tuple(torch.randint(-1, 2, (2,)).tolist()), (2, 3))


def reconstruct(x: torch.Tensor, path: Path) -> torch.Tensor:
    from checkpoint import load
    from models import autoencoder

    vae = autoencoder().eval()
    vae.load_state_dict(load(path)["model"])
    with torch.inference_mode(), mixed_precision():
        return torch.cat([vae.decode(vae.encode(part).latent_dist.mode()).sample.float() for part in x.split(64)]).clone()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vae", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for judge.pt and card.json")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    start, rng = time.time(), np.random.default_rng(7)
    faces = [sample_face(rng) for _ in range(COUNT + HELD_OUT)]
    x = torch.from_numpy(np.stack([render(f) for f in faces])).permute(0, 3, 1, 2).float() / 127.5 - 1
    y = torch.from_numpy(np.stack([labels(f) for f in faces]))
    train_x, train_y, test_x, test_y = x[:COUNT], y[:COUNT], x[COUNT:], y[COUNT:]
    if arguments.vae:
        part = COUNT // 3
        train_x = torch.cat([train_x, reconstruct(train_x[:part], arguments.vae)])
        train_y = torch.cat([train_y, train_y[:part]])
    model = network()
    steps = EPOCHS * (len(train_x) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(0, len(train_x), (BATCH,))
        loss = F.binary_cross_entropy_with_logits(model(augment(train_x[rows])), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.inference_mode():
        right = ((model(test_x) > 0) == (test_y > 0.5)).float().mean(0)
        accuracy = {name: round(float(value), 4) for name, value in zip(OUTPUTS, right)}
        result = {"heldOut": HELD_OUT, "accuracy": accuracy, "seconds": round(time.time() - start)}
        if arguments.vae:
            again = ((model(reconstruct(test_x[:1000], arguments.vae)) > 0) == (test_y[:1000] > 0.5)).float().mean(0)
            result["accuracyAfterAutoencoder"] = {name: round(float(value), 4) for name, value in zip(OUTPUTS, again)}
    save(arguments.out / "judge.pt", model=model.state_dict())
    (arguments.out / "card.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
