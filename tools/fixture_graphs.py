"""What fixture graphs are built of, node by node with `onnx.helper`: ports, constants, checked files."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parent.parent

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
INT32, INT64 = TensorProto.INT32, TensorProto.INT64


def port(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def save(path, nodes, inputs, outputs, weights=(), known=(), **options):
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, list(weights), value_info=list(known))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path, **options)
