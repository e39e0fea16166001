import { away, scale, semantic, toward } from '@sega/guidance';

export const PROMPT = 'a portrait of a king';
export const SCALE = 3.5;
export const TEXTS = ['male', 'female', 'glasses, wearing glasses', 'smiling, smile'];
export const CONCEPT = { scale: 6, threshold: 0.9, warmup: 1 };
export const MOMENTUM = { scale: 0.1, beta: 0.4 };

/** Signed scales: away from the first text, toward the others. */
export const SCALES = TEXTS.map((_, k) => (k === 0 ? -CONCEPT.scale : CONCEPT.scale));

/** Classifier-free guidance with so many concepts. */
export function guidanceOf(concepts, options = {}) {
  const named = TEXTS.slice(0, concepts).map((text, k) => (k === 0 ? away : toward)(text, CONCEPT));
  return [scale(SCALE), ...(concepts ? [semantic(named, { momentum: MOMENTUM, ...options })] : [])];
}

/** Steps of a picture, and how often each thing is measured. A software renderer takes seconds for a step. */
const PACE = {
  wasm: { steps: 20, rounds: 21 },
  webgpu: { steps: 20, rounds: 7 },
  software: { steps: 1, rounds: 1 },
};

export async function paceOf(device) {
  return PACE[device === 'webgpu' && (await isSoftware()) ? 'software' : device];
}

/** Whether WebGPU is drawn on the processor here, so that its figures say nothing of a graphics card. */
export async function isSoftware() {
  const adapter = await navigator.gpu?.requestAdapter();
  return Boolean(adapter?.info.isFallbackAdapter);
}

/** A device as figures name it. */
export async function nameOf(device) {
  return device === 'webgpu' && (await isSoftware()) ? 'webgpu in software' : device;
}
