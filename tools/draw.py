"""Draws the training set: pictures, what they show, and what their captions mention.

    python tools/draw.py --count 60000 --out <work>/faces
"""

from __future__ import annotations

import argparse
import pickle
from pathlib import Path

import numpy as np

from faces.attributes import sample_face
from faces.captions import sample_mention
from faces.render import render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    pixels = np.empty((arguments.count, 64, 64, 3), np.uint8)
    mentions, faces = [], []
    for index in range(arguments.count):
        mention = sample_mention(rng)
        face = sample_face(mention, rng)
        pixels[index] = render(face)
        mentions.append(mention)
        faces.append(face)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.save(arguments.out / "pixels.npy", pixels)
    (arguments.out / "faces.pkl").write_bytes(pickle.dumps({"mentions": mentions, "faces": faces}))


if __name__ == "__main__":
    main()
