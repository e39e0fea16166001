// The loop as JavaScript libraries for diffusion models write it: the network is fed the latents once for each text, every
// tensor comes back to the page after it, and guidance and the sampler's step are computed there on plain arrays.
import { torchRandom } from '@sega/samplers';
import { mendModel } from '../../src/host/mend-model.ts';
import { CONCEPT, MOMENTUM, SCALE, SCALES } from './settings.js';

const ORT = { wasm: () => import('onnxruntime-web/wasm'), webgpu: () => import('onnxruntime-web/webgpu') };
const TRAINED = 1000;

/** Stable Diffusion of a bundle, one picture at a time by DDIM. */
export async function loadPlain(bundle, device) {
  const ort = await ORT[device]();
  const session = async (role) => {
    const bytes = new Uint8Array(await (await fetch(bundle.graph(role).location)).arrayBuffer());
    const { model, provider } = device === 'webgpu' ? mended(bytes) : { model: bytes, provider: device };
    return ort.InferenceSession.create(model, { executionProviders: [provider], logSeverityLevel: 4 });
  };
  ort.env.wasm.numThreads = Math.min(8, navigator.hardwareConcurrency);
  const encoder = await session('textEncoder');
  const textKeys = await session('textKeys');
  const denoiser = await session('denoiser');
  const decoder = await session('decoder');
  const tokenizer = await bundle.tokenizer();
  const alphas = alphasOf(await bundle.schedulerConfig());
  const { latent, defaults } = bundle.manifest;

  /** What the denoiser takes of texts, row after row: the keys and values of its cross-attentions, once for all steps. */
  const encode = async (texts) => {
    const ids = texts.flatMap((text) => [...tokenizer.encode(text).ids]);
    // Mended models take numbers that only look things up as int32.
    const [{ type }] = encoder.inputMetadata;
    const numbers = type === 'int32' ? Int32Array.from(ids) : BigInt64Array.from(ids, BigInt);
    const input = new ort.Tensor(type, numbers, [texts.length, ids.length / texts.length]);
    const { last_hidden_state: hidden } = await encoder.run({ input_ids: input });
    const made = await textKeys.run({ encoder_hidden_states: hidden });
    return Object.fromEntries(
      Object.entries(made).map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data.slice(), dims)]),
    );
  };

  /** `isOnce`: the network is fed the latents once for all texts, which only graphs with a shared trunk allow. */
  const draw = async (texts, concepts, steps, seed, { isOnce = false } = {}) => {
    const copies = isOnce ? 1 : 2 + concepts;
    const shape = [1, latent.channels, defaults.height / latent.factor, defaults.width / latent.factor];
    let x = torchRandom(seed).normal(shape.reduce((product, extent) => product * extent, 1));
    const size = x.length;
    let momentum = new Float32Array(size);
    const ratio = Math.floor(TRAINED / steps);
    for (let step = 0; step < steps; step++) {
      const timestep = (steps - 1 - step) * ratio + 1;
      const { out_sample: output } = await denoiser.run({
        sample: new ort.Tensor('float32', repeated(x, copies), [copies, ...shape.slice(1)]),
        timestep: new ort.Tensor('int64', [BigInt(timestep)], []),
        ...texts,
      });
      const rows = await output.getData();
      const row = (k) => rows.subarray(k * size, (k + 1) * size);
      const [u, c] = [row(0), row(1)];
      const guided = u.map((value, i) => value + SCALE * (c[i] - value));
      if (concepts > 0) {
        const sum = new Float32Array(size);
        for (let k = 0; k < concepts; k++) {
          const gamma = tail(row(2 + k), u, SCALES[k], size / latent.channels);
          for (let i = 0; i < size; i++) sum[i] += gamma[i];
        }
        for (let i = 0; i < size; i++) sum[i] += MOMENTUM.scale * momentum[i];
        momentum = momentum.map((value, i) => MOMENTUM.beta * value + (1 - MOMENTUM.beta) * sum[i]);
        if (step >= CONCEPT.warmup) for (let i = 0; i < size; i++) guided[i] += sum[i];
      }
      const [now, next] = [alphas[timestep], alphas[Math.max(0, timestep - ratio)]];
      x = x.map((value, i) => {
        const clean = (value - Math.sqrt(1 - now) * guided[i]) / Math.sqrt(now);
        return Math.sqrt(next) * clean + Math.sqrt(1 - next) * guided[i];
      });
    }
    const scaled = x.map((value) => value / latent.scale);
    const { sample } = await decoder.run({ latent_sample: new ort.Tensor('float32', scaled, shape) });
    return pixelsOf(await sample.getData());
  };

  const dispose = async () => {
    for (const one of [encoder, textKeys, denoiser, decoder]) await one.release();
  };
  return { encode, draw, dispose };
}

/** A model as ONNX Runtime can run it on WebGPU, and how it is told. */
function mended(bytes) {
  const { model, onProcessor } = mendModel(bytes);
  return { model, provider: { name: 'webgpu', ...(onProcessor.length > 0 && { forceCpuNodeNames: onProcessor }) } };
}

function repeated(x, copies) {
  const all = new Float32Array(copies * x.length);
  for (let k = 0; k < copies; k++) all.set(x, k * x.length);
  return all;
}

/** The largest magnitudes of a concept's difference in each channel. */
function tail(prediction, unconditional, scale, plane) {
  const x = prediction.map((value, i) => scale * (value - unconditional[i]));
  for (let start = 0; start < x.length; start += plane) {
    const channel = x.subarray(start, start + plane);
    const sorted = channel.map(Math.abs).sort();
    const rank = CONCEPT.threshold * (plane - 1);
    const [below, above] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
    const bound = below + (rank % 1) * (above - below);
    for (let i = 0; i < plane; i++) if (Math.abs(channel[i]) < bound) channel[i] = 0;
  }
  return x;
}

/** Products of 1 − β, β the squares of numbers evenly apart. */
function alphasOf({ beta_start: first, beta_end: last }) {
  let product = 1;
  return Array.from({ length: TRAINED }, (_, t) => {
    const root = Math.sqrt(first) + (t / (TRAINED - 1)) * (Math.sqrt(last) - Math.sqrt(first));
    product *= 1 - root * root;
    return product;
  });
}

function pixelsOf(planes) {
  const area = planes.length / 3;
  return Uint8Array.from({ length: planes.length }, (_, i) => {
    const value = planes[(i % 3) * area + Math.floor(i / 3)];
    return Math.round(255 * Math.min(1, Math.max(0, value / 2 + 0.5)));
  });
}
