import { describe, expect, it } from 'vitest';
import { mendModel } from '../src/host/mend-model.js';
import { type WebRuntime, webRuntime } from '../src/index.js';

const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());
const count = (model: Uint8Array, word: string): number =>
  new TextDecoder('latin1').decode(model).split(word).length - 1;

const ENCODER = '/packages/tiny-faces/bundle/stable-diffusion/text_encoder/model.onnx';
/** Its second convolution has 6 channels. */
const UNET = '/adapters/stable-diffusion/test/fixtures/random-diffusion/unet/model.onnx';
const SINES = '/packages/runtime-node/test/fixtures/sines.onnx';
const PAELLA = '/adapters/paella/test/fixtures/random-paella/denoiser/model.onnx';

describe('mendModel', () => {
  it('leaves a network that needs nothing as it is', async () => {
    const model = await bytes('/packages/runtime-node/test/fixtures/external.onnx');
    expect(mendModel(model)).toEqual({ model, onProcessor: [] });
    expect(mendModel(model).model).toBe(model);
  });

  it('folds every root of a constant float64', async () => {
    const model = await bytes(ENCODER);
    const { model: mended } = mendModel(model);
    expect([count(model, 'Sqrt'), count(mended, 'Sqrt')]).toEqual([4, 0]);
    expect(mendModel(mended).model).toBe(mended);
  });

  it('pads convolutions of six channels', async () => {
    const model = await bytes(UNET);
    const { model: mended } = mendModel(model);
    expect([count(model, 'Pad'), count(mended, 'Pad')]).toEqual([0, 2]);
  });

  it('takes indices into tables as int32', async () => {
    await using runtime = webRuntime({ device: 'webgpu' });
    const { inputs } = await runtime.loadGraph({ name: 'denoiser', location: PAELLA });
    expect(inputs.find(({ name }) => name === 'tokens')).toMatchObject({ type: 'int32' });
    const { model: mended } = mendModel(await bytes(PAELLA));
    expect(mendModel(mended).model).toBe(mended);
  });

  it('names the sines of lists and what they are made of, not those of other tensors', async () => {
    const { model, onProcessor } = mendModel(await bytes(SINES));
    expect(onProcessor).toEqual(['sines/angle', 'sines/sine', 'sines/cosine']);
    expect(mendModel(model)).toEqual({ model, onProcessor });
    for (const path of [UNET, PAELLA]) expect(mendModel(await bytes(path)).onProcessor.length).toBeGreaterThan(2);
  });

  it('has sines of large numbers to the last digit on WebGPU', async () => {
    await using runtime = webRuntime({ device: 'webgpu' });
    const graph = await runtime.loadGraph({ name: 'sines', location: SINES });
    const [ops, t] = [runtime.createOps(), [0.3, 1, 7.77, 9.99]];
    const { sine, cosine } = await graph.run(
      { t: { data: t, shape: [4] }, x: { data: new Float32Array(12), shape: [4, 3] } },
      ops,
    );
    const [sines, cosines] = [await runtime.read(sine!), await runtime.read(cosine!)];
    for (const [i, value] of t.entries()) {
      const angle = Math.fround(Math.fround(value) * 1000);
      expect(sines[i]).toBeCloseTo(Math.sin(angle), 6);
      expect(cosines[i]).toBeCloseTo(Math.cos(angle), 6);
    }
  });

  it('refuses what is cut off', async () => {
    const model = await bytes(ENCODER);
    expect(() => mendModel(model.subarray(0, 5000))).toThrow(RangeError);
  });

  it('lets such a network give on WebGPU what it gives in WebAssembly', { timeout: 600_000 }, async () => {
    const wave = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.cos(i * i * 0.37));
    const run = async (runtime: WebRuntime): Promise<Float32Array> => {
      const graph = await runtime.loadGraph({ name: 'denoiser', location: UNET });
      const ops = runtime.createOps();
      const outputs = await graph.run(
        {
          sample: ops.fromArray(wave(2 * 4 * 64), [2, 4, 8, 8]),
          timestep: { data: [901], shape: [] },
          encoder_hidden_states: ops.fromArray(wave(2 * 24 * 8), [2, 24, 8]),
        },
        ops,
      );
      return runtime.read(outputs.out_sample!);
    };
    await using wasm = webRuntime({ device: 'wasm' });
    await using webgpu = webRuntime({ device: 'webgpu' });
    const [expected, received] = [await run(wasm), await run(webgpu)];
    for (const [i, value] of expected.entries()) expect(received[i]).toBeCloseTo(value, 5);
  });
});
