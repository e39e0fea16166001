import { httpFolder, openBundle } from '@sega/bundle';
import { generate } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { median, milliseconds, verdict } from '../../../../bench/statistics.mjs';
import { guidanceOf, nameOf, PROMPT, paceOf } from './settings.js';

const TARGET = 0.05;

/** The share of denoising that is spent outside the networks, in a worker as by default. */
export async function benchDenoising(device) {
  const [runtime, { steps, rounds }] = [webRuntime({ device }), await paceOf(device)];
  const model = await loadStableDiffusion(await openBundle(httpFolder('/stable-diffusion')), { runtime });
  try {
    for (const concepts of [0, 4]) {
      const draw = (seed) => generate(model, PROMPT, { guidance: guidanceOf(concepts), steps, seed });
      await draw(0);
      const [denoise, outside] = [[], []];
      for (let round = 1; round <= rounds; round++) {
        const spent = (await draw(round)).milliseconds;
        denoise.push(spent.denoise);
        outside.push((spent.denoise - spent.session) / spent.denoise);
      }
      const share = median(outside);
      // On WebGPU work is only handed over here: how long the device takes for it is not seen.
      const claim = device === 'wasm' ? ` (target ${100 * TARGET} %: ${verdict(share <= TARGET)})` : '';
      await print(`Outside the networks on ${await nameOf(device)}, ${concepts} concepts, ${steps} steps`);
      await print(`  ${(100 * share).toFixed(1)} % of ${milliseconds(median(denoise))} of denoising${claim}`);
    }
  } finally {
    await model.dispose();
    await runtime.dispose();
  }
}
