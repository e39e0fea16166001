/**
 * Recorded concept vectors as files.
 *
 * @packageDocumentation
 */

import { GuidanceError } from './errors.js';
import type { Axis } from './layout.js';
import { sizeOf } from './shape.js';
import type { Trace } from './trace.js';

const FORMAT = 'sega-trace-1';
const TENSOR = 'gamma';
const AXES: readonly string[] = ['batch', 'channel', 'code', 'height', 'width', 'position'] satisfies Axis[];

/**
 * A trace as a `.safetensors` file: one float32 tensor `gamma` of shape [steps, ...shape], the rest as metadata.
 *
 * @example
 * await writeFile('glasses.safetensors', writeTrace(recording.trace));
 * @category Record and replay
 */
export function writeTrace(trace: Trace): Uint8Array {
  const { space, layout, shape, seeds, sampler, stage, gammas } = trace;
  const size = sizeOf(shape);
  const bytes = gammas.length * size * 4;
  const header = JSON.stringify({
    __metadata__: { format: FORMAT, space, layout: layout.join(), seeds: seeds.join(), sampler, stage },
    [TENSOR]: { dtype: 'F32', shape: [gammas.length, ...shape], data_offsets: [0, bytes] },
  });
  const encoded = new TextEncoder().encode(header);
  const start = 8 + Math.ceil(encoded.length / 8) * 8;
  const file = new Uint8Array(start + bytes).fill(0x20, 8, start);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  file.set(encoded, 8);
  gammas.forEach((gamma, step) => {
    file.set(new Uint8Array(gamma.buffer, gamma.byteOffset, size * 4), start + step * size * 4);
  });
  return file;
}

/**
 * The trace in a file {@link writeTrace} made.
 *
 * @throws TRACE_INVALID when the bytes are truncated, another kind of file, or hold a number that is not finite.
 *
 * @example
 * const trace = readTrace(await readFile('glasses.safetensors'));
 * @category Record and replay
 */
export function readTrace(file: Uint8Array): Trace {
  const { header, data } = split(file);
  const { format, space, layout = '', seeds = '', sampler = '', stage = '' } = header.__metadata__ ?? {};
  const tensor = header[TENSOR];
  if (format !== FORMAT || space !== 'epsilon' || !tensor) throw invalid(`it holds no ${FORMAT}`);
  const [steps = 0, ...shape] = tensor.shape;
  const axes = layout.split(',');
  const size = sizeOf(shape);
  const isSound = [steps, ...shape].every((extent) => Number.isInteger(extent) && extent > 0);
  if (
    tensor.dtype !== 'F32' ||
    !isSound ||
    axes.length !== shape.length ||
    !axes.every((axis) => AXES.includes(axis))
  ) {
    throw invalid(`its tensor is ${tensor.dtype} [${tensor.shape}] over "${layout}"`);
  }
  if (data.length !== steps * size * 4)
    throw invalid(`it should hold ${steps * size * 4} bytes of numbers but has ${data.length}`);
  const numbers = new Float32Array(data.slice().buffer);
  if (!numbers.every(Number.isFinite)) throw invalid('it holds a number that is not finite');
  return {
    space,
    layout: axes as Axis[],
    shape,
    seeds: seeds.split(',').map(Number),
    sampler,
    stage,
    gammas: Array.from({ length: steps }, (_, step) => numbers.slice(step * size, (step + 1) * size)),
  };
}

interface Header {
  readonly __metadata__?: Readonly<Record<string, string>>;
  readonly [TENSOR]?: { readonly dtype: string; readonly shape: readonly number[] };
}

function split(file: Uint8Array): { header: Header; data: Uint8Array } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length < 8 ? Number.NaN : Number(view.getBigUint64(0, true));
  if (!(length <= file.length - 8)) throw invalid('its header is cut off');
  try {
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Header;
    return { header, data: file.subarray(8 + length) };
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
}

function invalid(reason: string, cause?: unknown): GuidanceError {
  return new GuidanceError(
    'TRACE_INVALID',
    `The file is not a trace: ${reason}. A trace is a .safetensors file made by recording a run.`,
    { reason },
    { cause },
  );
}
