/** One field of a protobuf message: a number, or the bytes of a text, message or blob. @internal */
export interface ProtobufField {
  readonly number: number;
  /** Varints (up to 2⁵³) and 32-bit floats. */
  readonly value: number;
  /** Length-delimited fields; otherwise empty. */
  readonly bytes: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
const NO_BYTES: Uint8Array = new Uint8Array();

/** The fields of a message in order, nested ones unread. @throws RangeError where it ends early or has an unknown type @internal */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const type = key % 8;
    if (type === VARINT) yield { number, value: varint(), bytes: NO_BYTES };
    else if (type === FIXED32 || type === FIXED64) {
      yield { number, value: type === FIXED32 ? view.getFloat32(at, true) : Number.NaN, bytes: NO_BYTES };
      at += type === FIXED32 ? 4 : 8;
    } else if (type === DELIMITED) {
      const length = varint();
      if (at + length > message.length)
        throw new RangeError(`field ${number} ends ${at + length - message.length} bytes late`);
      yield { number, value: Number.NaN, bytes: message.subarray(at, at + length) };
      at += length;
    } else throw new RangeError(`field ${number} has the unknown wire type ${type}`);
  }
}
