"""Encodes the training pictures once: the denoiser learns on cached latents.

    python tools/encode.py --data <work>/faces --vae <work>/vae/vae.pt --out <work>/latents.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from checkpoint import load
from models import autoencoder
from train_vae import to_tensor
from training import mixed_precision


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    model = autoencoder().to(memory_format=torch.channels_last).eval()
    model.load_state_dict(load(arguments.vae)["model"])
    pixels = np.load(arguments.data / "pixels.npy", mmap_mode="r")
    latents = np.empty((len(pixels), 4, 16, 16), np.float16)
    with torch.inference_mode(), mixed_precision():
        for start in range(0, len(pixels), 100):
            latents[start : start + 100] = model.encode(to_tensor(pixels[start : start + 100])).latent_dist.mode().float().numpy()
    # The scale measured here makes the latents' variance one; it travels in the model's configuration.
    np.savez(arguments.out, latents=latents, scale=1 / latents.astype(np.float32).std())
    print("scale", 1 / latents.astype(np.float32).std(), "per channel", latents.astype(np.float32).std((0, 2, 3)), latents.astype(np.float32).mean((0, 2, 3)))


if __name__ == "__main__":
    main()
