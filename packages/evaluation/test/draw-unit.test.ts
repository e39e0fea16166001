import { fileURLToPath } from 'node:url';
import { loadDeepFloydIf } from '@sega/deepfloyd-if';
import { chain, generate, type Image, interval, type Model, safeLatent, scale, semantic, toward } from '@sega/guidance';
import { loadPaella } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawUnit } from '../src/draw-unit.js';
import { type DrawSettings, drawSettings, type MethodData, type SafetyGuidance } from '../src/index.js';

const fixture = (path: string): string => fileURLToPath(new URL(`../../../adapters/${path}`, import.meta.url));
const runtime = nodeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const safety: SafetyGuidance = ({ preset }, scaled) => chain(safeLatent(preset as 'strong'), scaled);
const PROMPT = 'a portrait of a king';

describe.each([
  ['Stable Diffusion', () => loadStableDiffusion(stableDiffusion, { runtime })],
  ['DeepFloyd-IF', () => loadDeepFloydIf(fixture('deepfloyd-if/test/fixtures/random-cascade'), { runtime })],
  ['Paella', () => loadPaella(fixture('paella/test/fixtures/random-paella'), { runtime })],
] as const)('a unit drawn with %s', (_, load) => {
  let model: Model;
  let settings: DrawSettings;
  beforeAll(async () => {
    model = await load();
    settings = drawSettings(model, { steps: 3, warmup: 0, concept: 6 });
  });
  afterAll(() => model.dispose());

  const draw = (method?: MethodData, prompt = PROMPT): Promise<readonly Image[]> =>
    drawUnit(model, { job: { prompt, seed: 7, ...(method && { method }) }, images: 2 }, settings, safety);
  const concepts = [{ text: 'glasses', scale: 6, threshold: 0.9, warmup: 0 }];

  it('has the momentum the model recommends unless another is asked for', () => {
    const moved = Object.create(model, {
      defaults: { value: { ...model.defaults, momentum: { scale: 0.3, beta: 0.6 } } },
    });
    expect(drawSettings(moved).momentum).toEqual({ scale: 0.3, beta: 0.6 });
    expect(drawSettings(moved, { momentum: 0 }).momentum).toEqual({ scale: 0, beta: 0.6 });
    expect(drawSettings(model).momentum).toEqual({ scale: 0, beta: 0.4 });
  });

  it('without a method is what the model draws by itself', async () => {
    const { images } = await generate(model, PROMPT, { seed: 7, images: 2, steps: 3 });
    expect(await draw()).toEqual(images);
  });

  it('with concepts is what the chain of scale and semantic guidance draws', async () => {
    const { guided = 1 } = model.stages.find(({ auxiliary }) => !auxiliary)!.defaults;
    const free = interval(scale(settings.scale), { fraction: [0, guided] });
    const guidance = chain(free, semantic([toward('glasses', concepts[0]!)]));
    const { images } = await generate(model, PROMPT, { seed: 7, images: 2, steps: 3, guidance });
    expect(await draw({ kind: 'semantic', concepts })).toEqual(images);
    expect(await draw({ kind: 'semantic', concepts })).not.toEqual(await draw());
  });

  it('with a vector recorded under the same prompt is what the concept itself draws', async () => {
    const replayed = await draw({ kind: 'replay', prompt: PROMPT, concepts });
    const steered = await draw({ kind: 'semantic', concepts });
    for (const [item, image] of replayed.entries()) expect(differenceOf(image, steered[item]!)).toBeLessThanOrEqual(1);
    expect(await draw({ kind: 'replay', prompt: 'a face', concepts })).not.toEqual(steered);
  });

  it('with any other method is another picture', async () => {
    const plain = await draw();
    expect(await draw({ kind: 'composable', terms: [{ text: 'glasses', weight: 3 }] })).not.toEqual(plain);
    expect(await draw({ kind: 'negative', text: 'glasses' })).not.toEqual(plain);
    expect(await draw({ kind: 'safe', preset: 'max' })).not.toEqual(plain);
  });
});

function differenceOf(a: Image, b: Image): number {
  return Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i]!)));
}
