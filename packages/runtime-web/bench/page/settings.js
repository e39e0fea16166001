import { away, scale, semantic, toward } from '@sega/guidance';

export const PROMPT = 'a portrait of a king';
export const SCALE = 3.5;
export const TEXTS = ['male', 'female', 'glasses, wearing glasses', 'smiling, smile'];
export const CONCEPT = { scale: 6, threshold: 0.9, warmup: 3 };
export const MOMENTUM = { scale: 0.1, beta: 0.4 };

/** Signed scales: away from the first text, toward the others. */
export const SCALES = TEXTS.map((_, k) => (k === 0 ? -CONCEPT.scale : CONCEPT.scale));

/** Classifier-free guidance with so many concepts. */
export function guidanceOf(concepts, options = {}) {
  const named = TEXTS.slice(0, concepts).map((text, k) => (k === 0 ? away : toward)(text, CONCEPT));
  return [scale(SCALE), ...(concepts ? [semantic(named, { momentum: MOMENTUM, ...options })] : [])];
}

/** A software renderer takes seconds for a step. */
export const STEPS = { wasm: 20, webgpu: 4 };
export const ROUNDS = { wasm: 7, webgpu: 3 };
