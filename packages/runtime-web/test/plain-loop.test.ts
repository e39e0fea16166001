import { httpFolder, openBundle } from '@sega/bundle';
import { generate } from '@sega/guidance';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { describe, expect, it } from 'vitest';
import { MINUTES, smallBundleInTwoGraphs } from '../../../test/web/small-model.js';
import { loadPlain } from '../bench/page/plain-loop.js';
import { guidanceOf, PROMPT, TEXTS } from '../bench/page/settings.js';
import { webRuntime } from '../src/index.js';

const faces = () => openBundle(httpFolder('/packages/tiny-faces/bundle/stable-diffusion'));

describe('the plain loop that pictures are measured against', () => {
  it.each([
    // The denoiser in the box may be fed the latents once for all texts.
    { device: 'wasm', concepts: 0, steps: 1, ways: [false, true], bundle: faces },
    { device: 'wasm', concepts: 2, steps: 3, ways: [false, true], bundle: faces },
    { device: 'webgpu', concepts: 2, steps: 3, ways: [false], bundle: smallBundleInTwoGraphs },
  ] as const)(
    'draws the picture of $concepts concepts and $steps steps that the runtime draws on $device',
    { timeout: MINUTES },
    async ({ device, concepts, steps, ways, bundle }) => {
      const files = await bundle();
      await using runtime = webRuntime({ device });
      await using model = await loadStableDiffusion(files, { runtime });
      const plain = await loadPlain(files, device);
      try {
        const options = { guidance: guidanceOf(concepts), steps, sampler: 'ddim', seed: 5 };
        const expected = (await generate(model, PROMPT, options)).images[0]!.data;
        const texts = await plain.encode(['', PROMPT, ...TEXTS.slice(0, concepts)]);
        for (const isOnce of ways) {
          const received = await plain.draw(texts, concepts, steps, 5, { isOnce });
          expect(received.length).toBe(expected.length);
          const far = received.filter((value, i) => Math.abs(value - expected[i]!) > 2).length;
          expect(far / expected.length).toBeLessThanOrEqual(0.001);
        }
      } finally {
        await plain.dispose();
      }
    },
  );
});
