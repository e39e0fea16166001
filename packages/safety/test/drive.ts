import { type Branch, chain, type Guidance, generate, type Model, Run, scale } from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { SAFETY_PRESETS, type SafetyPreset } from '@sega/safety';

/** A model with a known answer that calls itself one of another family. */
export function modelOf(family: string, name = 'own'): Model {
  return { ...referenceModel({ spread: 0.5 }), family, name };
}

/** The state a run ends with. */
export async function finalState(model: Model, guidance: Guidance, steps = 10): Promise<Float32Array> {
  let last = new Float32Array();
  for await (const step of new Run(model, 'a king', { guidance, steps, seed: 3 }))
    last = new Float32Array(await step.state());
  return last;
}

/** Largest difference of two states. */
export function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** Rows the network is asked for, by branch. */
export async function rowsOf(model: Model, guidance: Guidance, steps = 10): Promise<Readonly<Record<Branch, number>>> {
  const { evaluations } = await generate(model, 'a king', { guidance: chain(guidance, scale(1)), steps });
  return evaluations.base!;
}

/** A preset of one's own for every family of these tests. */
export function presetWith(settings: Partial<SafetyPreset['settings'][number]>): SafetyPreset {
  const { name, concepts, settings: all } = SAFETY_PRESETS.strong;
  return { name: `own ${name}`, concepts, settings: all.map((one) => ({ ...one, ...settings })) };
}
