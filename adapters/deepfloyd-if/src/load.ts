import { type Bundle, type CascadeManifest, type CascadeStage, openBundle } from '@sega/bundle';
import { componentConfig, loadGraphs, rowBound, StateSize, stateDivisor } from '@sega/bundle/adapter';
import { type ByStage, type Graph, GuidanceError, type Runtime } from '@sega/guidance';
import { checkFamily, DeepFloydIf, type StageEnds } from './adapter.js';
import { decoderOf } from './decoder.js';
import { denoiserOf } from './denoiser.js';
import { lowResolutionCondition, noiseLevelOf } from './low-resolution.js';
import { readsVariance } from './sampler.js';
import { CascadeStageModel } from './stage.js';
import { captionEncoderOf, clipEncoderOf, type StageTextEncoder } from './text-encoder.js';

/**
 * Settings of {@link loadDeepFloydIf}.
 *
 * @category DeepFloyd-IF
 */
export interface DeepFloydIfOptions {
  /** Runs the networks. The caller disposes it, after the model. */
  readonly runtime: Runtime;
  /** Id of the licence you accept, for bundles that ask for it. */
  readonly acceptLicense?: string;
  /**
   * Rows (one picture on one branch) a denoiser takes in one run, at least 1. Fewer need less memory. Default: 16 for
   * states of 64 × 64, more for smaller ones.
   */
  readonly maxRows?: number;
  /** Cleans texts as the training captions were, rather than only lower-casing them. Default: the bundle's. */
  readonly cleanCaption?: boolean;
  /**
   * How much noise the low-resolution picture gets before a stage is conditioned on it: a training timestep, 0 to 999, for
   * every such stage or by its name. More lets the stage invent more. Default: the bundle's; 250 for stage II.
   */
  readonly noiseLevel?: ByStage<number>;
  /** Name of the last stage to load: the pictures are then of its size. Default: the bundle's last. */
  readonly lastStage?: string;
}

/**
 * Loads a DeepFloyd-IF cascade from a bundle.
 *
 * @param source - A folder or installed package (Node only), or a bundle opened with `openBundle` (anywhere).
 * @throws GuidanceError BUNDLE_NOT_FOUND and the like when the bundle is not in order, FAMILY_MISMATCH,
 * LICENSE_NOT_ACCEPTED, GRAPH_LOAD, UNSUPPORTED for graphs that are not those of a cascade, OPTION_INVALID for a noise
 * level outside its schedule, STAGE_UNKNOWN for one of a stage that is not there or conditioned on nothing.
 *
 * @example
 * await using runtime = nodeRuntime();
 * await using model = await loadDeepFloydIf('@sega/tiny-faces#deepfloyd-if', { runtime });
 * const { images } = await generate(model, 'a portrait of a king', { steps: { I: 'smart50' }, seed: 21 });
 * @category DeepFloyd-IF
 */
export async function loadDeepFloydIf(source: Bundle | string, options: DeepFloydIfOptions): Promise<DeepFloydIf> {
  const maxRows = rowBound(options.maxRows);
  const bundle = typeof source === 'string' ? await openSource(source, options.acceptLicense) : source;
  checkFamily(bundle.manifest);
  const manifest = stagesUpTo(bundle.manifest, options.lastStage);
  const levels = noiseLevels(manifest, options.noiseLevel);
  const graphs = await loadGraphs(bundle, options.runtime, rolesOf(manifest));
  try {
    const captions = await captionEncoderOf(
      bundle,
      manifest,
      graphs.textEncoder,
      options.runtime,
      options.cleanCaption ?? manifest.cleanCaption,
    );
    const stages: StageEnds[] = [];
    for (const name of Object.keys(manifest.stages)) {
      stages.push(await loadStage(name, { ...options, bundle, manifest, graphs, captions, levels, maxRows }));
    }
    return new DeepFloydIf(manifest, options.runtime, stages, Object.values(graphs));
  } catch (error) {
    await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
    throw error;
  }
}

interface Loading {
  readonly bundle: Bundle;
  readonly manifest: CascadeManifest;
  readonly runtime: Runtime;
  readonly graphs: Readonly<Record<string, Graph>>;
  readonly captions: StageTextEncoder;
  readonly levels: ReadonlyMap<string, number>;
  readonly maxRows: (shape: readonly number[]) => number;
}

async function loadStage(name: string, loading: Loading): Promise<StageEnds> {
  const { bundle, manifest, runtime, graphs, captions, levels, maxRows } = loading;
  const stages = Object.values(manifest.stages);
  const index = Object.keys(manifest.stages).indexOf(name);
  const own = stages[index]!;
  const config = await componentConfig(bundle, own.component);
  const schedulerConfig = await bundle.schedulerConfig(name);
  const { channels, factor } = own.decoder?.latent ?? { channels: 3, factor: 1 };
  const noiseLevel = levels.get(name);
  const denoiser = denoiserOf(graphs[own.component]!, {
    stage: name,
    channels,
    noiseLevel,
    readsVariance: readsVariance(schedulerConfig),
    outChannels: config.out_channels,
    maxRows,
  });
  const finished = stages.at(-1)!.size / own.size;
  const size = new StateSize(denoiser.sample, channels, finished * factor, stateDivisor(config));
  const condition =
    noiseLevel === undefined
      ? undefined
      : lowResolutionCondition(
          await bundle.json(own.noising!.scheduler),
          noiseLevel,
          own.size / factor / stages[index - 1]!.size,
        );
  const { textEncoder: text, decoder } = own;
  return {
    stage: new CascadeStageModel({ name, manifest: own, schedulerConfig, denoiser, size, condition }),
    textEncoder: text ? await clipEncoderOf(bundle, text.tokenizer, graphs[text.component]!, runtime) : captions,
    decoder: decoderOf(name, runtime, decoder && { graph: graphs[decoder.component]!, scale: decoder.latent.scale }),
  };
}

/** The cascade cut off after a stage. @throws STAGE_UNKNOWN */
function stagesUpTo(manifest: CascadeManifest, last: string | undefined): CascadeManifest {
  const { stages, defaults } = manifest;
  const names = Object.keys(stages);
  if (last === undefined) return manifest;
  if (!names.includes(last)) {
    throw new GuidanceError('STAGE_UNKNOWN', `lastStage is "${last}"; ${manifest.name} has ${names.join(', ')}.`, {
      option: 'lastStage',
      stage: last,
      stages: names,
    });
  }
  const share = stages[last]!.size / stages[names.at(-1)!]!.size;
  const kept = names.slice(0, names.indexOf(last) + 1).map((name) => [name, stages[name]!] as const);
  return {
    ...manifest,
    stages: Object.fromEntries(kept),
    defaults: { ...defaults, width: defaults.width * share, height: defaults.height * share },
  };
}

/** The components the stages name, and the text encoder they share. */
function rolesOf({ components, stages }: CascadeManifest): readonly string[] {
  const named = Object.values(stages).flatMap(({ component, textEncoder, decoder }) => [
    component,
    textEncoder?.component,
    decoder?.component,
  ]);
  const shared = Object.hasOwn(components, 'textEncoder') ? ['textEncoder'] : [];
  return [...new Set([...shared, ...named.filter((role) => role !== undefined)])];
}

/** The noise level of each stage that has one. @throws STAGE_UNKNOWN, OPTION_INVALID */
function noiseLevels(manifest: CascadeManifest, asked: ByStage<number> | undefined): ReadonlyMap<string, number> {
  const noised = Object.entries(manifest.stages).filter(([, { noising }]) => noising);
  const names = noised.map(([name]) => name);
  for (const name of typeof asked === 'object' ? Object.keys(asked) : []) {
    if (names.includes(name)) continue;
    throw new GuidanceError(
      'STAGE_UNKNOWN',
      `noiseLevel names stage "${name}"; the stages that start from a noised picture are ${names.join(', ') || 'none'}.`,
      { option: 'noiseLevel', stage: name, stages: names },
    );
  }
  const levelOf = (name: string, stage: CascadeStage): number =>
    noiseLevelOf(name, stage, typeof asked === 'object' ? asked[name] : asked)!;
  return new Map(noised.map(([name, stage]) => [name, levelOf(name, stage)]));
}

async function openSource(source: string, acceptLicense: string | undefined): Promise<Bundle> {
  const { locateBundle } = await import('@sega/bundle/node');
  return openBundle(await locateBundle(source), { acceptLicense });
}
