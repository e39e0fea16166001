/** One field of a protocol buffer's message. @internal */
export interface Field {
  readonly number: number;
  /** Of a length-delimited field, its contents; else its bytes after the tag. */
  readonly value: Uint8Array;
  /** Tag, length and contents, as they lie in the message. */
  readonly whole: Uint8Array;
}

/** The fields of a message, in order. @throws RangeError when the bytes are no message. @internal */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
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
    const start = at;
    const tag = varint();
    let first = at;
    if (tag % 8 === 0) varint();
    else if (tag % 8 === 1) at += 8;
    else if (tag % 8 === 5) at += 4;
    else if (tag % 8 === 2) {
      const length = varint();
      first = at;
      at += length;
    } else throw new RangeError(`a field is of kind ${tag % 8}`);
    if (at > message.length) throw new RangeError('a field runs past its end');
    yield { number: Math.floor(tag / 8), value: message.subarray(first, at), whole: message.subarray(start, at) };
  }
}

/** Contents of the fields of one number. @internal */
export function valuesOf(message: Uint8Array, number: number): Uint8Array[] {
  return [...fieldsOf(message)].filter((field) => field.number === number).map(({ value }) => value);
}

/** A text field; empty where it is missing. @internal */
export function textOf(message: Uint8Array, number: number): string {
  let text: Uint8Array | undefined;
  for (const field of fieldsOf(message)) if (field.number === number) text = field.value;
  return text ? decodedText(text) : '';
}

/** Text fields of one number. @internal */
export function textsOf(message: Uint8Array, number: number): string[] {
  return valuesOf(message, number).map(decodedText);
}

const decoder = new TextDecoder();

/** A text field's contents as text. @internal */
export function decodedText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The whole numbers in the fields of one number, packed or not. @internal */
export function numbersOf(message: Uint8Array, number: number): number[] {
  return valuesOf(message, number).flatMap((bytes) => {
    const numbers: number[] = [];
    let [value, weight] = [0, 1];
    for (const byte of bytes) {
      value += (byte & 0x7f) * weight;
      weight *= 128;
      if (byte > 0x7f) continue;
      numbers.push(value);
      [value, weight] = [0, 1];
    }
    return numbers;
  });
}

/** A length-delimited field. @internal */
export function delimited(number: number, value: Uint8Array | string): Uint8Array {
  return joined(delimitedParts(number, [typeof value === 'string' ? new TextEncoder().encode(value) : value]));
}

/** A length-delimited field of contents in parts, not yet joined: large ones are copied once in the end. @internal */
export function delimitedParts(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [varint(number * 8 + 2), varint(lengthOf(parts)), ...parts];
}

/** A whole number as a field. @internal */
export function whole(number: number, value: number): Uint8Array {
  return joined([varint(number * 8), varint(value)]);
}

/** @internal */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(parts));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.of(...bytes, rest);
}
