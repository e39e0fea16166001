import { type Bundle, httpFolder, openBundle } from '@sega/bundle';
import { GuidanceError, type Model, type Runtime, scale, semantic, toward } from '@sega/guidance';
import type { WebRuntime } from '@sega/runtime-web';
import { load } from './families.js';

/** Software renderers compile and run slowly. */
export const MINUTES: number = 10 * 60_000;

export const OPTIONS = { guidance: [scale(5), semantic([toward('smiling, smile', { warmup: 0 })])], steps: 2 };

const FIXTURES = '/adapters/stable-diffusion/test/fixtures';

/** An untrained Stable Diffusion of a few kilobytes. */
export async function smallModel(runtime: Runtime): Promise<Model & AsyncDisposable> {
  return load(await openBundle(httpFolder(`${FIXTURES}/random-diffusion`)), runtime);
}

/** The same with its UNet in two graphs, of which one reads the texts. */
export async function smallModelInTwoGraphs(runtime: WebRuntime): Promise<Model & AsyncDisposable> {
  return load(await smallBundleInTwoGraphs(), runtime);
}

/** The same with a UNet that divides by zero. */
export async function overflowingModel(runtime: WebRuntime): Promise<Model & AsyncDisposable> {
  return load(await smallBundle({ denoiser: 'unets/overflow.onnx' }), runtime);
}

/** The files of {@link smallModelInTwoGraphs}. */
export function smallBundleInTwoGraphs(): Promise<Bundle> {
  return smallBundle({ textKeys: 'text-keys/free.onnx', denoiser: 'unets/keyed.onnx' });
}

/** The files of {@link smallModel}, with other graphs. */
async function smallBundle(graphs: Readonly<Record<string, string>>): Promise<Bundle> {
  const bundle = await openBundle(httpFolder(`${FIXTURES}/random-diffusion`));
  const components = { ...bundle.manifest.components, ...graphs };
  const locate = (path: string): string => new URL(`${FIXTURES}/${path}`, location.href).href;
  return {
    ...bundle,
    manifest: { ...bundle.manifest, components },
    graph: (role) => (graphs[role] ? { name: role, location: locate(graphs[role]) } : bundle.graph(role)),
  };
}

/** The code work fails with, or 'no error'. */
export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error) => (GuidanceError.isInstance(error) ? error.code : Promise.reject(error)),
  );
}
