import { ATTRIBUTE_NAME, ATTRIBUTE_NUMBER, NODE_ATTRIBUTE } from './onnx-format.js';
import { numbersOf, textOf, valuesOf } from './protobuf.js';

/** The type a Cast converts to. @internal */
export function castTarget(node: Uint8Array): number | undefined {
  const to = valuesOf(node, NODE_ATTRIBUTE).find((attribute) => textOf(attribute, ATTRIBUTE_NAME) === 'to');
  return to && numbersOf(to, ATTRIBUTE_NUMBER)[0];
}
