"""The judge: a small classifier that says which attributes a 64×64 face shows.

It counts what guidance changed, in place of the people who were asked in the paper's user study. This file only
runs it (ONNX Runtime); `train_judge.py` and `export_judge.py` make the bundle.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime

from faces.attributes import FLAGS, MEDIA

FOLDER = Path(__file__).parents[1] / "packages/tiny-faces/bundle/judge"
OUTPUTS = FLAGS + MEDIA


class Judge:
    def __init__(self, path: Path = FOLDER / "model.onnx"):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 [N, 64, 64, 3] → float [N, len(OUTPUTS)]."""
        x = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
        logits = np.concatenate([self._session.run(["logits"], {"pixels": x[k : k + 256]})[0] for k in range(0, len(x), 256)])
        return 1 / (1 + np.exp(-logits))

    def present(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """For each attribute, which of the pictures show it."""
        answers = self.probabilities(pixels) > 0.5
        return {name: answers[:, index] for index, name in enumerate(OUTPUTS)}


def card(path: Path = FOLDER / "card.json") -> dict:
    """Held-out accuracy per attribute, as measured when the judge was trained."""
    return json.loads(path.read_text())
