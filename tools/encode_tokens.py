"""Turns the training pictures into tokens once: the token denoiser learns on them.

    python tools/encode_tokens.py --work <work>

Reads <work>/faces and <work>/paella/vqgan.pt; writes <work>/tokens.npy, uint16 [pictures, 32, 32].
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from assemble_paella import averaged_vqgan
from models_paella import CODES

BATCH = 200


def trained(work: Path, pixels: np.ndarray) -> torch.nn.Module:
    """The averaged weights, with the normalisation's statistics measured on them."""
    model = averaged_vqgan(work)
    normalisation = model.down_blocks[-1][1]
    normalisation.reset_running_stats()
    normalisation.momentum = None
    model.train()
    with torch.inference_mode():
        for start in range(0, 4000, BATCH):
            model.latents(to_unit(pixels[start : start + BATCH]))
    return model.eval()


def to_unit(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [N, height, width, 3] → float [N, 3, height, width] within [0, 1]."""
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    pixels = np.load(arguments.work / "faces/pixels.npy", mmap_mode="r")
    model = trained(arguments.work, pixels)
    with torch.inference_mode():
        tokens = np.concatenate([model.encode(to_unit(pixels[k : k + BATCH])).numpy().astype(np.uint16) for k in range(0, len(pixels), BATCH)])
        drawn = model.decode(torch.from_numpy(tokens[:1000].astype(np.int64))).clamp(0, 1)
    np.save(arguments.work / "tokens.npy", tokens)
    used = np.bincount(tokens.ravel(), minlength=CODES) / tokens.size
    print(f"{(used > 0).sum()} of {CODES} codes used, perplexity {np.exp(-(used[used > 0] * np.log(used[used > 0])).sum()):.0f}, "
          f"mean error {(drawn - to_unit(pixels[:1000])).abs().mean() * 255:.2f} of 255")


if __name__ == "__main__":
    main()
