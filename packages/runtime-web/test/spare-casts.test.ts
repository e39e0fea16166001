import { describe, expect, it } from 'vitest';
import { spareCasts } from '../src/host/spare-casts.js';
import { webRuntime } from '../src/index.js';

const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());
const casts = (model: Uint8Array): number => new TextDecoder('latin1').decode(model).split('"\x04Cast').length - 1;

const FIXTURES = '/packages/runtime-node/test/fixtures';
const CONVERSIONS = `${FIXTURES}/conversions.onnx`;
const UNET = '/packages/tiny-faces/bundle/stable-diffusion/unet/model.onnx';

describe('spareCasts', () => {
  it('leaves a network without conversions as it is', async () => {
    const model = await bytes(`${FIXTURES}/sines.onnx`);
    expect(spareCasts(model)).toBe(model);
  });

  it('leaves the UNet in the box without any', async () => {
    const model = await bytes(UNET);
    const spared = spareCasts(model);
    expect([casts(model), casts(spared)]).toEqual([292, 0]);
    expect(spareCasts(spared)).toBe(spared);
  });

  it('keeps what is used in half precision or given as an output, and whole numbers that are counted with', async () => {
    const model = await bytes(CONVERSIONS);
    // Of five: those of an output and of the count.
    expect([casts(model), casts(spareCasts(model))]).toEqual([5, 2]);
  });

  it('lets a network give the same', async () => {
    await using runtime = webRuntime({ device: 'wasm', threads: 1 });
    const graph = await runtime.loadGraph({ name: 'conversions', location: CONVERSIONS });
    const types = graph.inputs.map(({ name, type }) => [name, type]);
    expect(Object.fromEntries(types)).toEqual({ time: 'float32', count: 'int64' });
    const ops = runtime.createOps();
    const outputs = await graph.run({ time: { data: [901], shape: [] }, count: { data: [3], shape: [] } }, ops);
    const read = async (name: string): Promise<number[]> => [...(await runtime.read(outputs[name]!))];
    const shared = [0.5, -1, 65504];
    expect(await read('result')).toEqual(
      [0, 1, 2, 3, 4, 5].map((value, i) => ((value / 8) * 901 + shared[i % 3]!) * 3),
    );
    expect(await read('twice')).toEqual([1, -2, Number.POSITIVE_INFINITY]);
    expect(await read('given_wide')).toEqual([-0, 2 ** -24]);
    expect(await read('double_count')).toEqual([6]);
    ops.dispose();
  });

  it('refuses what is cut off', async () => {
    const model = await bytes(UNET);
    expect(() => spareCasts(model.subarray(0, 5000))).toThrow(RangeError);
  });
});
