"""Stores an ONNX graph's weights in fp16 while it still computes, and speaks, fp32.

Each large fp32 initializer becomes an fp16 one followed by a Cast; runtimes fold the Cast when they load the graph.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

SMALL = 64  # shorter initializers (shapes, constants, single biases) stay as they are
EXTERNAL = 1_500_000_000  # bytes of weights from which they go to a file of their own


def halve(model: onnx.ModelProto) -> int:
    """Changes the model in place; returns the bytes of its weights."""
    graph, casts, total = model.graph, [], 0
    for tensor in graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= SMALL:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + ".fp16"))
            casts.append(onnx.helper.make_node("Cast", [name + ".fp16"], [name], to=onnx.TensorProto.FLOAT))
        total += len(tensor.raw_data)
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    return total


def strip(model: onnx.ModelProto) -> None:
    """Removes what only a debugger reads: doc strings, inferred shapes, the exporter's metadata."""
    del model.graph.value_info[:]
    del model.metadata_props[:]
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]


def share(model: onnx.ModelProto) -> None:
    """Equal constants become one: tracing writes them anew wherever they are used."""
    graph = model.graph
    first: dict[bytes, str] = {}
    same = {
        node.output[0]: first.setdefault(node.attribute[0].SerializeToString(deterministic=True), node.output[0])
        for node in graph.node if node.op_type == "Constant"
    }
    kept = [node for node in graph.node if node.op_type != "Constant" or same[node.output[0]] == node.output[0]]
    for node in kept:
        node.input[:] = [same.get(name, name) for name in node.input]
    del graph.node[:]
    graph.node.extend(kept)


def shorten(model: onnx.ModelProto) -> None:
    """Gives intermediate values short names; the traced ones spell out the module tree and cost hundreds of kilobytes."""
    graph = model.graph
    kept = {value.name for value in (*graph.input, *graph.output)} | {tensor.name for tensor in graph.initializer}
    names: dict[str, str] = {"": ""}

    def short(name: str) -> str:
        return name if name in kept else names.setdefault(name, f"v{len(names)}")

    for node in graph.node:
        node.name = ""
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]


def write(model: onnx.ModelProto, path: Path) -> None:
    strip(model)
    if not any(attribute.HasField("g") for node in model.graph.node for attribute in node.attribute):
        # A control-flow subgraph may read outer values by name.
        share(model)
        shorten(model)
    total = halve(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in (path, path.with_name("model.onnx_data")):
        stale.unlink(missing_ok=True)
    onnx.save(model, str(path), save_as_external_data=total > EXTERNAL, location="model.onnx_data")
