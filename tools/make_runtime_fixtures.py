"""Writes the small .onnx files the runtimes' tests run on: one graph for each thing a runtime must cope with.

    python tools/make_runtime_fixtures.py

They go to `packages/runtime-node/test/fixtures` and are the same on every machine.
"""

import numpy as np
from onnx import TensorProto, helper

from fixture_graphs import FLOAT, HALF, INT32, INT64, ROOT, constant, port, save

RUNTIME = ROOT / "packages/runtime-node/test/fixtures"


def add():
    """Two named inputs, a free batch."""
    save(
        RUNTIME / "add.onnx",
        [helper.make_node("Add", ["a", "b"], ["sum"])],
        [port("a", FLOAT, ["batch", 3]), port("b", FLOAT, ["batch", 3])],
        [port("sum", FLOAT, ["batch", 3])],
    )


def types():
    """One input and one output of every element type, passed through."""
    shapes = {
        "float32": (FLOAT, []),
        "float16": (HALF, ["n"]),
        "int32": (INT32, ["n"]),
        "int64": (INT64, []),
        "bool": (TensorProto.BOOL, ["n"]),
        "uint8": (TensorProto.UINT8, ["n"]),
    }
    save(
        RUNTIME / "types.onnx",
        [helper.make_node("Identity", [name], [f"{name}_out"]) for name in shapes],
        [port(name, *declared) for name, declared in shapes.items()],
        [port(f"{name}_out", *declared) for name, declared in shapes.items()],
    )


def double():
    """A type no float32 tensor converts to."""
    save(
        RUNTIME / "double.onnx",
        [helper.make_node("Identity", ["x"], ["y"])],
        [port("x", TensorProto.DOUBLE, ["n"])],
        [port("y", TensorProto.DOUBLE, ["n"])],
    )


def fixed_batch():
    """A batch of exactly two."""
    save(
        RUNTIME / "fixed-batch.onnx",
        [helper.make_node("Add", ["x", "x"], ["twice"])],
        [port("x", FLOAT, [2, 3])],
        [port("twice", FLOAT, [2, 3])],
    )


def gather():
    """Fails inside the network, on an index out of range."""
    save(
        RUNTIME / "gather.onnx",
        [helper.make_node("Gather", ["table", "index"], ["row"])],
        [port("index", INT64, ["n"])],
        [port("row", FLOAT, ["n", 2])],
        [constant("table", np.arange(6, dtype=np.float32).reshape(3, 2))],
    )


def sines():
    """Sines of a list, far from zero, and of a table."""
    save(
        RUNTIME / "sines.onnx",
        [
            helper.make_node("Mul", ["t", "frequency"], ["angle"]),
            helper.make_node("Sin", ["angle"], ["sine"]),
            helper.make_node("Cos", ["angle"], ["cosine"]),
            helper.make_node("Sin", ["x"], ["of_x"]),
        ],
        [port("t", FLOAT, ["n"]), port("x", FLOAT, ["n", 3])],
        [port("sine", FLOAT, ["n"]), port("cosine", FLOAT, ["n"]), port("of_x", FLOAT, ["n", 3])],
        [constant("frequency", np.float32(1000))],
    )


def conversions():
    """What is converted to float32: weights in half precision, some of them used otherwise too, and whole numbers."""
    cast = lambda name, output, to=FLOAT: helper.make_node("Cast", [name], [output], to=to)
    save(
        RUNTIME / "conversions.onnx",
        [
            cast("table", "wide_table"),
            cast("shared", "wide_shared"),
            cast("given", "given_wide"),
            helper.make_node("Add", ["shared", "shared"], ["twice"]),
            helper.make_node("Unsqueeze", ["time", "first"], ["row"]),
            helper.make_node("Unsqueeze", ["row", "first"], ["twofold"]),
            cast("twofold", "time_row"),
            cast("count", "wide_count"),
            helper.make_node("Add", ["count", "count"], ["double_count"]),
            helper.make_node("Mul", ["wide_table", "time_row"], ["product"]),
            helper.make_node("Add", ["product", "wide_shared"], ["sum"]),
            helper.make_node("Mul", ["sum", "wide_count"], ["result"]),
        ],
        [port("time", INT64, []), port("count", INT64, [])],
        [port("result", FLOAT, [2, 3]), port("twice", HALF, [3]), port("given_wide", FLOAT, [2]), port("double_count", INT64, [])],
        [
            constant("table", (np.arange(6).reshape(2, 3) / 8).astype(np.float16)),
            constant("shared", np.array([0.5, -1, 65504], np.float16)),
            constant("given", np.array([-0.0, 6e-8], np.float16)),
            constant("first", np.array([0])),
        ],
        [port("row", INT64, [1]), port("twofold", INT64, [1, 1]), port("time_row", FLOAT, [1, 1])],
    )


def slow():
    """A matrix product repeated `times` times: as long a run as a test wants."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still_going"]),
            helper.make_node("MatMul", ["state", "state"], ["product"]),
            helper.make_node("Clip", ["product", "low", "high"], ["next"]),
        ],
        "body",
        [port("i", INT64, []), port("going", TensorProto.BOOL, []), port("state", FLOAT, [256, 256])],
        [port("still_going", TensorProto.BOOL, []), port("next", FLOAT, [256, 256])],
        [constant("low", np.float32(-1)), constant("high", np.float32(1))],
    )
    save(
        RUNTIME / "slow.onnx",
        [helper.make_node("Loop", ["times", "", "x"], ["y"], body=body)],
        [port("times", INT64, []), port("x", FLOAT, [256, 256])],
        [port("y", FLOAT, [256, 256])],
    )


def external():
    """Weights in a second file."""
    (RUNTIME / "external.onnx_data").unlink(missing_ok=True)
    save(
        RUNTIME / "external.onnx",
        [helper.make_node("Add", ["x", "weights"], ["y"])],
        [port("x", FLOAT, [32, 32])],
        [port("y", FLOAT, [32, 32])],
        [constant("weights", np.arange(1024, dtype=np.float32).reshape(32, 32))],
        save_as_external_data=True,
        location="external.onnx_data",
        size_threshold=0,
    )


if __name__ == "__main__":
    for write in (add, types, double, fixed_batch, gather, sines, conversions, slow, external):
        write()
