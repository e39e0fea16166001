import { type Bundle, openBundle } from '@sega/bundle';
import { componentConfig, loadGraphs, rowBound, stateDivisor } from '@sega/bundle/adapter';
import type { Runtime } from '@sega/guidance';
import { checkFamily, StableDiffusion, type StableDiffusionGraphs } from './adapter.js';

/**
 * Settings of {@link loadStableDiffusion}.
 *
 * @category Stable Diffusion
 */
export interface StableDiffusionOptions {
  /** Runs the networks. The caller disposes it, after the model. */
  readonly runtime: Runtime;
  /** Id of the licence you accept, for bundles that ask for it. */
  readonly acceptLicense?: string;
  /**
   * Rows (one picture on one branch) the denoiser takes in one run, at least 1. Fewer need less memory. Default: 16 for
   * pictures of 512 × 512, more for smaller ones.
   */
  readonly maxRows?: number;
}

/**
 * Loads Stable Diffusion from a bundle.
 *
 * @param source - A folder or installed package (Node only), or a bundle opened with `openBundle` (anywhere).
 * @throws GuidanceError BUNDLE_NOT_FOUND and the like when the bundle is not in order, FAMILY_MISMATCH,
 * LICENSE_NOT_ACCEPTED, GRAPH_LOAD, UNSUPPORTED for graphs that are not those of a text-to-image Stable Diffusion.
 *
 * @example
 * await using runtime = nodeRuntime();
 * await using model = await loadStableDiffusion('@sega/tiny-faces#stable-diffusion', { runtime });
 * const { images } = await generate(model, 'a portrait of a king', { seed: 21 });
 * @category Stable Diffusion
 */
export async function loadStableDiffusion(
  source: Bundle | string,
  options: StableDiffusionOptions,
): Promise<StableDiffusion> {
  const { runtime } = options;
  const maxRows = rowBound(options.maxRows);
  const bundle = typeof source === 'string' ? await openSource(source, options.acceptLicense) : source;
  checkFamily(bundle.manifest);
  const [tokenizer, schedulerConfig, config] = await Promise.all([
    bundle.tokenizer(),
    bundle.schedulerConfig(),
    componentConfig(bundle, 'denoiser'),
  ]);
  const { components } = bundle.manifest;
  const roles = ['textEncoder', ...(Object.hasOwn(components, 'textKeys') ? ['textKeys'] : []), 'denoiser', 'decoder'];
  const graphs = (await loadGraphs(bundle, runtime, roles)) as StableDiffusionGraphs;
  try {
    return new StableDiffusion({
      bundle,
      runtime,
      tokenizer,
      schedulerConfig,
      graphs,
      divisor: stateDivisor(config),
      maxRows,
    });
  } catch (error) {
    await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
    throw error;
  }
}

async function openSource(source: string, acceptLicense: string | undefined): Promise<Bundle> {
  const { locateBundle } = await import('@sega/bundle/node');
  return openBundle(await locateBundle(source), { acceptLicense });
}
