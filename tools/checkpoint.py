"""Training state that survives being stopped: written whole, then renamed into place."""

from __future__ import annotations

from pathlib import Path

import torch


class Average:
    """Exponential moving average of the parameters, with a short memory at the start."""

    def __init__(self, parameters, decay: float):
        self.decay, self.step = decay, 0
        self.parameters = list(parameters)
        self.shadow = [p.detach().clone() for p in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        self.step += 1
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.shadow, [p.detach() for p in self.parameters], 1 - decay)

    @torch.no_grad()
    def copy_to_parameters(self) -> None:
        for p, s in zip(self.parameters, self.shadow):
            p.copy_(s)

    def state_dict(self) -> dict:
        return {"step": self.step, "shadow": self.shadow}

    def load_state_dict(self, state: dict) -> None:
        self.step = state["step"]
        for s, saved in zip(self.shadow, state["shadow"]):
            s.copy_(saved)


def save(path: Path, **parts) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    torch.save(parts, draft)
    draft.replace(path)


def load(path: Path) -> dict:
    return torch.load(path, map_location="cpu", weights_only=False)
