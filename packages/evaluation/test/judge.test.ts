import { openJudge } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { nodeRuntime } from '@sega/runtime-node';
import { faceJudge as bundle } from '@sega/tiny-faces';
import { afterAll, describe, expect, it } from 'vitest';
import { loadJudge, probability } from '../src/index.js';
import { goldens, pictures, SHOWN } from './golden-pictures.js';

const runtime = nodeRuntime({ threads: 1 });
const judge = await loadJudge(runtime, await openJudge(folder(bundle)));
afterAll(async () => {
  await judge[Symbol.asyncDispose]();
  await runtime.dispose();
});

describe('the judge in the box', () => {
  it.each(SHOWN.map((shown, index) => [shown, index] as const))('sees what torch sees in %s', async (_, index) => {
    const { logits, features } = await judge.judge(pictures[index]!);
    expect(Object.keys(logits)).toEqual(goldens.attributes);
    Object.values(logits).forEach((logit, i) => {
      expect(Math.abs(logit - goldens.logits[index]![i]!)).toBeLessThan(1e-3);
    });
    expect(features).toHaveLength(64);
    features.forEach((feature, i) => {
      expect(Math.abs(feature - goldens.features[index]![i]!)).toBeLessThan(1e-4);
    });
  });

  it.each(SHOWN.map((shown, index) => [shown, index] as const))('finds %s where it was drawn', async (shown, index) => {
    const { logits } = await judge.judge(pictures[index]!);
    expect(probability(logits[shown]!)).toBeGreaterThan(0.99);
  });

  it('finds none of the other attributes in a photo', async () => {
    const { logits } = await judge.judge(pictures[SHOWN.indexOf('photo')]!);
    expect(Object.keys(logits).filter((name) => probability(logits[name]!) >= 0.5)).toEqual(['photo']);
  });

  it('refuses a picture of another size', async () => {
    const image = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3) };
    await expect(judge.judge(image)).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
  });
});
