"""Networks with the weights of their exported graphs, whose initializers carry the parameters' names."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

def weights(path: Path, prefix: str = "model.") -> dict[str, torch.Tensor]:
    """A module's parameters from its exported graph, whose initializers carry their names, those after the prefix."""
    graph = onnx.load(str(path)).graph
    values = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    for node in graph.node:  # fp16 weights behind a Cast, one initializer shared under several names
        if node.op_type in ("Cast", "Identity") and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    return {name.removeprefix(prefix): value.float() for name, value in values.items() if name.startswith(prefix) and not name.endswith(".fp16")}


def restored(module: torch.nn.Module, path: Path, *parts: str, also: Path | None = None) -> torch.nn.Module:
    """The module with its weights; with parts, only those parts of it are in the graph. `also` is a second graph, where there is one."""
    found = {**weights(path), **(weights(also) if also and also.exists() else {})}
    state = {name: value for name, value in found.items() if name in module.state_dict()}
    lost = [n for n, _ in module.named_parameters() if n not in state and (not parts or n.startswith(parts))]
    if lost:
        raise ValueError(f"{path} has no weights for {len(lost)} parameters, such as {lost[0]}")
    module.load_state_dict(state, strict=False)
    return module.eval()
