import { type Bundle, openBundle } from '@sega/bundle';
import { type Graph, GuidanceError, type Runtime } from '@sega/guidance';
import { checkFamily, StableDiffusion } from './adapter.js';

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

/** Positions of latents denoised in one run: 16 rows of 64 × 64. */
const POSITIONS = 16 * 64 * 64;

/**
 * Loads Stable Diffusion from a bundle.
 *
 * @param source - A folder or installed package (Node only), or a bundle opened with `openBundle` (anywhere).
 * @throws GuidanceError BUNDLE_NOT_FOUND and the like when the bundle is not in order, FAMILY_MISMATCH,
 * LICENSE_NOT_ACCEPTED, GRAPH_LOAD, UNSUPPORTED for graphs that are not those of a text-to-image Stable Diffusion.
 *
 * @example
 * await using runtime = nodeRuntime();
 * await using model = await loadStableDiffusion('@sega/tiny-faces', { runtime });
 * const { images } = await generate(model, 'a portrait of a king', { seed: 21 });
 * @category Stable Diffusion
 */
export async function loadStableDiffusion(
  source: Bundle | string,
  options: StableDiffusionOptions,
): Promise<StableDiffusion> {
  const { runtime, maxRows } = options;
  if (maxRows !== undefined && !(Number.isInteger(maxRows) && maxRows > 0)) {
    throw new GuidanceError('OPTION_INVALID', `maxRows is ${maxRows}; it must be a whole number of at least 1.`, {
      option: 'maxRows',
      value: maxRows,
    });
  }
  const bundle = typeof source === 'string' ? await openSource(source, options.acceptLicense) : source;
  checkFamily(bundle.manifest);
  const [tokenizer, schedulerConfig, divisor] = await Promise.all([
    bundle.tokenizer(),
    bundle.schedulerConfig(),
    latentDivisor(bundle),
  ]);
  const graphs = await loadGraphs(bundle, runtime);
  try {
    return new StableDiffusion({
      bundle,
      runtime,
      tokenizer,
      schedulerConfig,
      graphs,
      divisor,
      maxRows: ([, , height = 1, width = 1]) => maxRows ?? Math.max(1, Math.floor(POSITIONS / (height * width))),
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

/** What the latents' sides must be multiples of: the UNet halves them between any two of its levels. */
async function latentDivisor(bundle: Bundle): Promise<number> {
  const folder = bundle.manifest.components.denoiser!.split('/').slice(0, -1).join('/');
  try {
    const config = (await bundle.json(`${folder}/config.json`)) as { block_out_channels?: unknown };
    const levels = config.block_out_channels;
    return Array.isArray(levels) && levels.length > 0 ? 2 ** (levels.length - 1) : 1;
  } catch (error) {
    if (GuidanceError.isInstance(error) && error.code === 'BUNDLE_FILE_MISSING') return 1;
    throw error;
  }
}

async function loadGraphs(bundle: Bundle, runtime: Runtime): Promise<Record<Role, Graph>> {
  const roles = ['textEncoder', 'denoiser', 'decoder'] as const;
  const loading = await Promise.allSettled(roles.map((role) => runtime.loadGraph(bundle.graph(role))));
  const failed = loading.find((result) => result.status === 'rejected');
  if (failed) {
    await Promise.all(loading.map((result) => result.status === 'fulfilled' && result.value.dispose()));
    throw failed.reason;
  }
  const graphs = loading.map((result) => (result as PromiseFulfilledResult<Graph>).value);
  return Object.fromEntries(roles.map((role, i) => [role, graphs[i]!])) as Record<Role, Graph>;
}

type Role = 'textEncoder' | 'denoiser' | 'decoder';
