import { refusal } from './graph-bytes.js';

// Fields of the ONNX format: where in a model a tensor says which file holds its numbers.
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_EXTERNAL_DATA = 13;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/**
 * The files beside a network that hold its weights, by the names written in it.
 *
 * @throws GRAPH_LOAD when the bytes are no ONNX model.
 * @internal
 */
export function externalFiles(name: string, location: string, model: Uint8Array): readonly string[] {
  const files = new Set<string>();
  try {
    for (const graph of fields(model, MODEL_GRAPH)) {
      for (const initializer of fields(graph, GRAPH_INITIALIZER)) {
        for (const entry of fields(initializer, TENSOR_EXTERNAL_DATA)) {
          if (text(entry, ENTRY_KEY) === 'location') files.add(text(entry, ENTRY_VALUE));
        }
      }
    }
  } catch (cause) {
    throw refusal(name, location, 'is truncated or no ONNX model. Publish the bundle again.', {}, cause);
  }
  return [...files];
}

function text(message: Uint8Array, field: number): string {
  return new TextDecoder().decode(fields(message, field).at(-1));
}

/** The contents of a protocol buffer's length-delimited fields of one number. */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number runs past its end');
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = varint();
      if (at + length > message.length) throw new RangeError('a field runs past its end');
      if (Math.floor(tag / 8) === wanted) found.push(message.subarray(at, at + length));
      at += length;
    } else throw new RangeError(`a field has kind ${kind}`);
  }
  return found;
}
