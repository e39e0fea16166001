// Hands a test what a page does with one runtime in its worker: load a model, and draw with the one loaded last.
import { GuidanceError, generate, type Model } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { OPTIONS, smallModel } from '../small-model.js';

const runtime = webRuntime({ device: 'webgpu' });
let model: (Model & AsyncDisposable) | undefined;

async function load(): Promise<string> {
  await model?.[Symbol.asyncDispose]();
  model = await smallModel(runtime);
  return 'loaded';
}

async function draw(steps: number): Promise<string> {
  const { images } = await generate(model!, 'a king', { ...OPTIONS, steps });
  return images[0]!.data.join();
}

/** Errors leave a page as texts only. */
function told(error: unknown): string {
  return GuidanceError.isInstance(error) ? `${error.code}: ${error.message}` : String(error);
}

Object.assign(globalThis, {
  page: { load: () => load().catch(told), draw: (steps: number) => draw(steps).catch(told) },
});
