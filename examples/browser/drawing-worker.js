// The worker's side: holds the model, and answers each request with previews and a picture.
import { httpFolder, openBundle } from '@sega/bundle';
import { away, Run, scale, semantic, toward } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';

// The runtime need not start a worker of its own in one.
const runtime = webRuntime({ worker: false });
let model;

addEventListener('message', async ({ data: { bundle, prompt, seed } }) => {
  try {
    model ??= await loadStableDiffusion(await openBundle(httpFolder(bundle)), { runtime });
    const { concept } = model.defaults;
    const guidance = [scale(3.5), semantic([away('male', concept), toward('female', concept)])];
    const run = new Run(model, prompt, { guidance, seed });
    for await (const { step, preview } of run) {
      if (step.index % 5 === 4) postMessage({ image: (await preview())[0] });
    }
    postMessage({ image: (await run.result()).images[0], isFinished: true });
  } catch (error) {
    postMessage({ problem: `${error.code}: ${error.message}` });
  }
});
