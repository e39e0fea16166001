import { type Bundle, openBundle, type TokenManifest } from '@sega/bundle';
import { componentConfig, loadGraphs, rowBound } from '@sega/bundle/adapter';
import { type Graph, GuidanceError, type Runtime } from '@sega/guidance';
import { checkFamily, Paella } from './adapter.js';
import { otherCodes } from './denoiser.js';

/**
 * Settings of {@link loadPaella}.
 *
 * @category Paella
 */
export interface PaellaOptions {
  /** Runs the networks. The caller disposes it, after the model. */
  readonly runtime: Runtime;
  /** Id of the licence you accept, for bundles that ask for it. */
  readonly acceptLicense?: string;
  /** Temperatures of the first and of the last step, above 0. Default: the bundle's. */
  readonly temperature?: readonly [number, number];
  /** Share of the steps, within [0, 1], after which tokens are replaced again. Default: the bundle's. */
  readonly renoise?: number;
  /** What the attention of the prompt's branch to its text is multiplied with, above 0. Default 1. */
  readonly attentionWeight?: number;
  /**
   * Rows (one picture on one branch) the denoiser takes in one run, at least 1. Fewer need less memory. Default: as many as
   * 64 MiB of logits are, which is one at full size.
   */
  readonly maxRows?: number;
}

/** Logits of one run, in numbers. */
const LOGITS = 2 ** 24;

/**
 * Loads Paella from a bundle.
 *
 * @param source - A folder or installed package (Node only), or a bundle opened with `openBundle` (anywhere).
 * @throws GuidanceError BUNDLE_NOT_FOUND and the like when the bundle is not in order, FAMILY_MISMATCH,
 * LICENSE_NOT_ACCEPTED, GRAPH_LOAD, OPTION_INVALID, UNSUPPORTED for graphs that are not Paella's, BUNDLE_INVALID for parts
 * of different codebooks.
 *
 * @example
 * await using runtime = nodeRuntime();
 * await using model = await loadPaella('@sega/tiny-faces#paella', { runtime });
 * const { images } = await generate(model, 'a portrait of a king', { seed: 21 });
 * @category Paella
 */
export async function loadPaella(source: Bundle | string, options: PaellaOptions): Promise<Paella> {
  const { runtime, temperature, renoise, attentionWeight = 1 } = options;
  checkAttentionWeight(attentionWeight);
  const bundle = typeof source === 'string' ? await openSource(source, options.acceptLicense) : source;
  const { manifest } = bundle;
  checkFamily(manifest);
  const maxRows = rowBound(
    options.maxRows,
    ([, height = 1, width = 1]) => LOGITS / (manifest.codebook.codes * height * width),
  );
  await checkDecoder(bundle, manifest);
  const tokenizer = await bundle.tokenizer();
  const roles = ['textEncoder', 'denoiser', 'decoder', ...('quantizer' in manifest.components ? ['quantizer'] : [])];
  const loaded = await loadGraphs(bundle, runtime, roles);
  try {
    const { quantizer, ...graphs } = loaded as Record<'textEncoder' | 'denoiser' | 'decoder', Graph> & {
      quantizer?: Graph;
    };
    const sampling = {
      temperature: temperature ?? manifest.sampling.temperature,
      renoise: renoise ?? manifest.sampling.renoise,
    };
    return new Paella({ manifest, runtime, tokenizer, graphs, quantizer, sampling, attentionWeight, maxRows });
  } catch (error) {
    await Promise.all(Object.values(loaded).map((graph) => graph.dispose()));
    throw error;
  }
}

/** @throws OPTION_INVALID */
function checkAttentionWeight(value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new GuidanceError('OPTION_INVALID', `attentionWeight is ${value}; it must be a number above 0, such as 1.2.`, {
    option: 'attentionWeight',
    value,
  });
}

/** A decoder of another codebook would draw noise. @throws BUNDLE_INVALID */
async function checkDecoder(bundle: Bundle, { codebook: { codes } }: TokenManifest): Promise<void> {
  const config = await componentConfig(bundle, 'decoder');
  if (config.codes !== undefined && config.codes !== codes) throw otherCodes('decoder', config.codes, codes);
}

async function openSource(source: string, acceptLicense: string | undefined): Promise<Bundle> {
  const { locateBundle } = await import('@sega/bundle/node');
  return openBundle(await locateBundle(source), { acceptLicense });
}
