import { PORT_TYPE, TYPE_ELEMENT, TYPE_TENSOR } from './onnx-format.js';
import { delimited, type Field, fieldsOf, joined, numbersOf, valuesOf, whole } from './protobuf.js';

/** The type of a port's elements; undefined where it is no tensor's. @internal */
export function elementOf(port: Uint8Array): number | undefined {
  const [tensor] = valuesOf(port, PORT_TYPE).flatMap((type) => valuesOf(type, TYPE_TENSOR));
  return tensor && numbersOf(tensor, TYPE_ELEMENT)[0];
}

/** A port of another type. @internal */
export function withElement(port: Uint8Array, element: number): Uint8Array {
  const replaced = (message: Uint8Array, number: number, replace: (field: Field) => Uint8Array): Uint8Array =>
    joined([...fieldsOf(message)].map((field) => (field.number === number ? replace(field) : field.whole)));
  return replaced(port, PORT_TYPE, ({ value: type }) =>
    delimited(
      PORT_TYPE,
      replaced(type, TYPE_TENSOR, ({ value: tensor }) =>
        delimited(
          TYPE_TENSOR,
          replaced(tensor, TYPE_ELEMENT, () => whole(TYPE_ELEMENT, element)),
        ),
      ),
    ),
  );
}
