import type { CascadeManifest } from '@sega/bundle';
import { loadDeepFloydIf } from '@sega/deepfloyd-if';
import { generate, type Runtime } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { readSafetensors } from '../src/safetensors.js';
import { randomCascade } from './random-cascade.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

interface Given {
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

function safetensors(tensors: Readonly<Record<string, Given>>): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const start = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [start, end] }] as const;
  });
  const header = new TextEncoder().encode(
    JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }),
  );
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

const float32 = (values: Float32Array, shape: readonly number[]): Given => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** The untrained cascade with the embeddings of some texts in place of its text encoder. */
async function precomputed(texts: readonly string[], runs: Recorded[] = []): ReturnType<typeof loadDeepFloydIf> {
  const whole = await loadDeepFloydIf(await randomCascade(), { runtime, lastStage: 'I' });
  const conditions = (await whole.encode(texts, () => undefined, 'I')) as unknown as {
    embedding: Float32Array;
    shape: readonly number[];
  }[];
  const file = safetensors(
    Object.fromEntries(conditions.map(({ embedding, shape }, i) => [texts[i]!, float32(embedding, shape)])),
  );
  const bundle = await randomCascade();
  const { textEncoder: _, ...components } = bundle.manifest.components;
  const { tokenizer: __, ...manifest } = bundle.manifest as CascadeManifest;
  return loadDeepFloydIf(
    {
      ...bundle,
      manifest: { ...manifest, components, promptEmbeddings: 'embeddings.safetensors' },
      read: async () => file,
    },
    { runtime: recording(runtime, runs), lastStage: 'I' },
  );
}

describe('prompt embeddings', () => {
  it('take the text encoder’s place: the same pictures without it', async () => {
    const runs: Recorded[] = [];
    const model = await precomputed(['', 'a king'], runs);
    const whole = await loadDeepFloydIf(await randomCascade(), { runtime, lastStage: 'I' });
    const options = { steps: 3, seed: 4 };
    const { images } = await generate(model, ' A King', options);
    expect(images).toEqual((await generate(whole, 'a king', options)).images);
    expect(new Set(runs.map(({ graph }) => graph))).toEqual(new Set(['stageI']));
  });

  it('that are missing are all named, before the first step', async () => {
    const runs: Recorded[] = [];
    const model = await precomputed(['a king'], runs);
    expect(await refusal(generate(model, 'a queen', { steps: 2 }))).toMatch(
      /^EMBEDDING_MISSING: embeddings.safetensors of random-cascade has no embedding of "", "a queen"; it has 1 texts/,
    );
    expect(runs).toEqual([]);
  });
});

describe('readSafetensors', () => {
  it('reads F32, F16 and BF16', () => {
    const bytes = (...words: number[]): Uint8Array => new Uint8Array(Uint16Array.from(words).buffer);
    const read = readSafetensors(
      safetensors({
        '': float32(Float32Array.of(0.1, -2), [1, 2]),
        half: { dtype: 'F16', shape: [5, 1], bytes: bytes(0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff) },
        brain: { dtype: 'BF16', shape: [2, 1], bytes: bytes(0x3f80, 0xc0a0) },
      }),
      'test',
    );
    expect([...read.keys()]).toEqual(['', 'half', 'brain']);
    expect([...read.get('')!.values]).toEqual([Math.fround(0.1), -2]);
    expect([...read.get('half')!.values]).toEqual([1, -2, 0.333251953125, 2 ** -24, 65504]);
    expect([...read.get('brain')!.values]).toEqual([1, -5]);
  });

  it('refuses what is cut off, no safetensors, or of another type', () => {
    const good = safetensors({ a: float32(Float32Array.of(1, 2, 3, 4), [2, 2]) });
    const refused = (bytes: Uint8Array, message: RegExp): void => {
      expect(() => readSafetensors(bytes, 'test')).toThrow(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
      expect(() => readSafetensors(bytes, 'test')).toThrow(message);
    };
    refused(good.subarray(0, 4), /header is cut off/);
    refused(good.subarray(0, 20), /header is cut off/);
    refused(good.subarray(0, -4), /the numbers of "a" are cut off/);
    const broken = good.slice();
    broken[8] = 0x20;
    refused(broken, /header is not JSON/);
    refused(safetensors({ a: { dtype: 'I64' as 'F32', shape: [1], bytes: new Uint8Array(8) } }), /"a" is I64 \[1\]/);
  });
});
