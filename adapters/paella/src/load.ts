import { type AttentionWeights, type Bundle, openBundle, type TokenManifest } from '@sega/bundle';
import { componentConfig, loadGraphs, rowBound } from '@sega/bundle/adapter';
import { GuidanceError, type Runtime } from '@sega/guidance';
import type { TokenSchedule } from '@sega/samplers';
import { checkFamily, type OptionalRole, Paella, type PaellaGraphs } from './adapter.js';
import { checkAttentionWeights } from './attention-weights.js';
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
  /** How the share of random tokens falls over the steps. Default: the bundle's, else `linear`, as published. */
  readonly schedule?: TokenSchedule;
  /**
   * What the attention of the prompt's branch is multiplied with, above 0: to its text, and to the picture the prior made of it.
   * Without a prior `text` is for the whole text. Default: the bundle's, else 1.
   */
  readonly attentionWeights?: AttentionWeights;
  /** False leaves the prior away: the prompt is then its text alone. Default: true where the bundle has one. */
  readonly prior?: boolean;
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
  const { runtime, temperature, renoise, schedule } = options;
  const bundle = typeof source === 'string' ? await openSource(source, options.acceptLicense) : source;
  const { manifest } = bundle;
  checkFamily(manifest);
  const { attentionWeights = manifest.attentionWeights ?? { text: 1, image: 1 } } = options;
  checkAttentionWeights(attentionWeights);
  const maxRows = rowBound(
    options.maxRows,
    ([, height = 1, width = 1]) => LOGITS / (manifest.codebook.codes * height * width),
  );
  await checkDecoder(bundle, manifest);
  const roles = rolesOf(manifest, options.prior);
  const tokenizer = await bundle.tokenizer();
  const clipTokenizer = roles.includes('clipTextEncoder') ? await bundle.tokenizer(manifest.clipTokenizer) : undefined;
  const graphs = (await loadGraphs(bundle, runtime, roles)) as PaellaGraphs;
  try {
    const sampling = {
      temperature: temperature ?? manifest.sampling.temperature,
      renoise: renoise ?? manifest.sampling.renoise,
      schedule: schedule ?? manifest.sampling.schedule ?? 'linear',
    };
    const parts = { manifest, runtime, tokenizer, clipTokenizer, graphs, sampling, attentionWeights, maxRows };
    return new Paella(parts);
  } catch (error) {
    await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
    throw error;
  }
}

/** The networks to load. @throws OPTION_INVALID when a prior is asked for that is not there. */
function rolesOf({ name, components }: TokenManifest, prior: boolean | undefined): readonly (keyof PaellaGraphs)[] {
  const has = (role: OptionalRole): boolean => Object.hasOwn(components, role);
  if (prior && !has('prior')) {
    throw new GuidanceError('OPTION_INVALID', `prior is true but ${name} has none; leave the option out.`, {
      option: 'prior',
      value: prior,
    });
  }
  const optional: readonly OptionalRole[] = [
    'quantizer',
    'clipTextEncoder',
    ...(prior === false ? [] : (['imageConditioner', 'prior'] as const)),
  ];
  return ['textEncoder', 'denoiser', 'decoder', ...optional.filter(has)];
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
