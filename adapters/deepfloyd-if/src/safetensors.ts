import { GuidanceError } from '@sega/guidance';

/** A tensor of a `.safetensors` file, as float32. @internal */
export interface StoredTensor {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

interface Entry {
  readonly dtype?: unknown;
  readonly shape?: unknown;
  readonly data_offsets?: unknown;
}

const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * The tensors of a `.safetensors` file by name; elements of F32, F16 or BF16.
 *
 * @param source - The file, for messages.
 * @throws BUNDLE_INVALID when it is cut off, no such file, or of another element type.
 * @internal
 */
export function readSafetensors(file: Uint8Array, source: string): ReadonlyMap<string, StoredTensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length < 8 ? Number.NaN : Number(view.getBigUint64(0, true));
  if (!(length <= file.length - 8)) throw invalid(source, 'its header is cut off');
  const start = 8 + length;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header(file.subarray(8, start), source))) {
    if (name === '__metadata__') continue;
    const { bytes, shape, from, to } = checked(name, entry, source, file.length - start);
    const values = new Float32Array((to - from) / bytes);
    for (let i = 0; i < values.length; i++) {
      values[i] = readElement(view, start + from + i * bytes, entry.dtype as string);
    }
    tensors.set(name, { values, shape });
  }
  return tensors;
}

function header(bytes: Uint8Array, source: string): Readonly<Record<string, Entry>> {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Entry>;
  } catch (cause) {
    throw invalid(source, 'its header is not JSON', cause);
  }
}

function checked(
  name: string,
  { dtype, shape, data_offsets: offsets }: Entry,
  source: string,
  available: number,
): { bytes: number; shape: readonly number[]; from: number; to: number } {
  const bytes = BYTES[String(dtype)];
  const isSound = Array.isArray(shape) && shape.every((extent) => Number.isInteger(extent) && extent > 0);
  const [from, to] = Array.isArray(offsets) ? (offsets as number[]) : [];
  const size = isSound ? (shape as number[]).reduce((product, extent) => product * extent, 1) : Number.NaN;
  if (!bytes || !isSound)
    throw invalid(source, `"${name}" is ${String(dtype)} [${String(shape)}], not F32, F16 or BF16`);
  if (from === undefined || to === undefined || to - from !== size * bytes || from < 0 || to > available) {
    throw invalid(source, `the numbers of "${name}" are cut off`);
  }
  return { bytes, shape: shape as number[], from, to };
}

function readElement(view: DataView, offset: number, dtype: string): number {
  if (dtype === 'F32') return view.getFloat32(offset, true);
  const bits = view.getUint16(offset, true);
  if (dtype === 'F16') return halfToNumber(bits);
  WORD.setUint32(0, bits << 16);
  return WORD.getFloat32(0);
}

const WORD = new DataView(new ArrayBuffer(4));

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function invalid(source: string, reason: string, cause?: unknown): GuidanceError {
  return new GuidanceError(
    'BUNDLE_INVALID',
    `${source} is not a file of embeddings: ${reason}. Export or fetch it again.`,
    { source, reason },
    { cause },
  );
}
