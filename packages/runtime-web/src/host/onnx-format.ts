// Numbers of the fields of the ONNX format's messages, and of its types.

/** @internal */
export const MODEL_GRAPH = 7;
/** @internal */
export const GRAPH_NODE = 1;
/** @internal */
export const GRAPH_INITIALIZER = 5;
/** @internal */
export const GRAPH_INPUT = 11;
/** @internal */
export const GRAPH_OUTPUT = 12;
/** What is known of tensors in between. @internal */
export const GRAPH_VALUE = 13;
/** @internal */
export const PORT_NAME = 1;
/** @internal */
export const PORT_TYPE = 2;
/** Of a type: it is a tensor's. @internal */
export const TYPE_TENSOR = 1;
/** @internal */
export const TYPE_ELEMENT = 1;
/** @internal */
export const TYPE_SHAPE = 2;
/** @internal */
export const SHAPE_DIM = 1;
/** @internal */
export const NODE_INPUT = 1;
/** @internal */
export const NODE_OUTPUT = 2;
/** @internal */
export const NODE_NAME = 3;
/** @internal */
export const NODE_TYPE = 4;
/** @internal */
export const NODE_ATTRIBUTE = 5;
/** @internal */
export const ATTRIBUTE_NAME = 1;
/** @internal */
export const ATTRIBUTE_NUMBER = 3;
/** @internal */
export const ATTRIBUTE_TENSOR = 5;
/** @internal */
export const ATTRIBUTE_GRAPH = 6;
/** @internal */
export const ATTRIBUTE_TYPE = 20;
/** An attribute's type: it is a tensor. @internal */
export const TENSOR_ATTRIBUTE = 4;
/** @internal */
export const TENSOR_DIMS = 1;
/** @internal */
export const TENSOR_TYPE = 2;
/** @internal */
export const TENSOR_NAME = 8;
/** @internal */
export const TENSOR_RAW = 9;
/** @internal */
export const TENSOR_EXTERNAL_DATA = 13;
/** @internal */
export const ENTRY_KEY = 1;
/** @internal */
export const ENTRY_VALUE = 2;
/** @internal */
export const FLOAT32 = 1;
/** @internal */
export const INT32 = 6;
/** @internal */
export const INT64 = 7;
/** @internal */
export const FLOAT16 = 10;
/** @internal */
export const FLOAT64 = 11;
