import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GuidanceError, type Trace } from '@sega/guidance';
import { readTrace } from '@sega/guidance/trace-file';

/** A recording read from a file. @internal */
export interface TraceFile {
  readonly trace: Trace;
  readonly sha256: string;
}

/** Reads a recording. @throws TRACE_INVALID @internal */
export async function openTrace(file: string): Promise<TraceFile> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new GuidanceError(
      'TRACE_INVALID',
      `--replay "${file}" cannot be read: ${error.message}.`,
      { file },
      { cause: error },
    );
  });
  // A Buffer's slice() shares memory where a Uint8Array's copies, and readTrace counts on a copy.
  return { trace: readTrace(new Uint8Array(bytes)), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The part of a recording for some pictures. A recording of one picture serves any; of several, each picture takes what
 * was recorded with its seed.
 *
 * @throws TRACE_MISMATCH when a seed was not recorded
 * @internal
 */
export function traceOf(trace: Trace, seeds: readonly number[]): Trace {
  const [items = 1, ...shape] = trace.shape;
  if (items === 1) return trace;
  const chosen = seeds.map((seed) => trace.seeds.indexOf(seed));
  const absent = seeds.filter((_, i) => chosen[i]! < 0);
  if (absent.length > 0) {
    throw new GuidanceError(
      'TRACE_MISMATCH',
      `The recording holds the seeds ${trace.seeds.join(', ')} but not ${absent.join(', ')}. Draw recorded seeds, or replay a recording of one picture.`,
      { recorded: trace.seeds, absent },
    );
  }
  const size = shape.reduce((product, extent) => product * extent, 1);
  const gammas = trace.gammas.map((gamma) =>
    join(chosen.map((item) => gamma.subarray(item * size, (item + 1) * size))),
  );
  return { ...trace, shape: [seeds.length, ...shape], seeds, gammas };
}

/** The stage a recording is replayed in: its own, or the first where the model has no such stage and will say so. @internal */
export function stageOf(trace: Trace, stages: readonly string[]): string {
  return stages.includes(trace.stage) ? trace.stage : stages[0]!;
}

/** One recording of all pictures, from those of their batches. @internal */
export function joinTraces(traces: readonly Trace[]): Trace {
  const [first] = traces;
  const [, ...shape] = first!.shape;
  const seeds = traces.flatMap((trace) => trace.seeds);
  const gammas = first!.gammas.map((_, step) => join(traces.map((trace) => trace.gammas[step]!)));
  return { ...first!, shape: [seeds.length, ...shape], seeds, gammas };
}

function join(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
