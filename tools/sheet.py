"""Contact sheets: one row per case, one column per seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def contact_sheet(rows: list[np.ndarray], path: Path, columns: int = 12, zoom: int = 2) -> None:
    grid = np.concatenate([np.concatenate(list(row[:columns]), 1) for row in rows], 0)
    image = Image.fromarray(grid)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.resize((image.width * zoom, image.height * zoom), Image.NEAREST).quantize(256).save(path, optimize=True)
