import { GuidanceError, type Space } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';
import { type License, SCHEMA, type SingleStageManifest } from './manifest.js';
import { readOptionalObject, readText } from './read-json.js';
import { requireFile, requireGraph } from './verify.js';

/** @internal */
export const MODEL_INDEX = 'model_index.json';

const FAMILIES: Readonly<Record<string, string>> = {
  StableDiffusionPipeline: 'stable-diffusion',
  OnnxStableDiffusionPipeline: 'stable-diffusion',
  ORTStableDiffusionPipeline: 'stable-diffusion',
  SemanticStableDiffusionPipeline: 'stable-diffusion',
  StableDiffusionPipelineSafe: 'stable-diffusion',
};

const COMPONENTS = {
  textEncoder: 'text_encoder/model.onnx',
  denoiser: 'unet/model.onnx',
  decoder: 'vae_decoder/model.onnx',
} as const;

/** Present in folders that were not exported without it. */
const SAFETY_CHECKER = 'safety_checker/model.onnx';

const SCHEDULER = 'scheduler/scheduler_config.json';

const PREDICTION_TYPES: Readonly<Record<string, Space>> = {
  epsilon: 'epsilon',
  v_prediction: 'velocity',
  sample: 'sample',
};

// What diffusers assumes where a config file or field is absent: Stable Diffusion 1.x.
const ABSENT = { channels: 4, scale: 0.18215, blocks: 4, sampleSize: 64 };

const EXPORT_HINT =
  'The folder needs ONNX graphs: export it with `optimum-cli export onnx --model <folder> <output>` or choose an ONNX copy.';

/**
 * The manifest of an unmodified diffusers or optimum ONNX folder. Each graph's weights may lie beside it under any
 * name. `files` stays empty: the layout carries no sizes or checksums.
 *
 * @throws MODEL_UNKNOWN for a pipeline class of another family, BUNDLE_FILE_MISSING, BUNDLE_FILE_CORRUPT, BUNDLE_INVALID.
 * @internal
 */
export async function readDiffusersLayout(files: BundleFiles): Promise<SingleStageManifest> {
  const index = await readOptionalObject(files, MODEL_INDEX);
  const family = familyOf(index._class_name, files);
  for (const path of Object.values(COMPONENTS)) await requireGraph(files, path, EXPORT_HINT);
  await requireFile(files, SCHEDULER);
  const unet = await readOptionalObject(files, 'unet/config.json');
  const decoder = await readOptionalObject(files, 'vae_decoder/config.json');
  const scheduler = await readOptionalObject(files, SCHEDULER);
  const blocks = decoder.block_out_channels;
  const factor = 2 ** ((Array.isArray(blocks) && blocks.length ? blocks.length : ABSENT.blocks) - 1);
  const [rows, columns] = sampleSizes(unet.sample_size);
  return {
    schema: SCHEMA,
    family,
    name: nameOf(index, files),
    version: typeof index._diffusers_version === 'string' ? index._diffusers_version : 'unknown',
    license: await licenseOf(files),
    source: index,
    files: {},
    components: { ...COMPONENTS, ...((await files.has(SAFETY_CHECKER)) && { safetyChecker: SAFETY_CHECKER }) },
    tokenizer: 'tokenizer',
    scheduler: SCHEDULER,
    latent: {
      channels: positive(unet.in_channels, ABSENT.channels),
      factor,
      scale: positive(decoder.scaling_factor, ABSENT.scale),
    },
    predictionType: predictionTypeOf(scheduler.prediction_type),
    defaults: {
      width: columns * factor,
      height: rows * factor,
      steps: 50,
      scale: 7.5,
      concept: { scale: 5, threshold: 0.9 },
    },
  };
}

function familyOf(className: unknown, files: BundleFiles): string {
  const family = typeof className === 'string' && Object.hasOwn(FAMILIES, className) && FAMILIES[className];
  if (family) return family;
  throw new GuidanceError(
    'MODEL_UNKNOWN',
    `${MODEL_INDEX} of ${files.description} names the pipeline ${String(className)}; known are ` +
      `${Object.keys(FAMILIES).join(', ')}. Other models need a bundle.json, see the README of @sega/bundle.`,
    { bundle: files.description, className, known: Object.keys(FAMILIES) },
  );
}

function predictionTypeOf(value: unknown = 'epsilon'): Space {
  const space = typeof value === 'string' && Object.hasOwn(PREDICTION_TYPES, value) && PREDICTION_TYPES[value];
  if (space) return space;
  throw new GuidanceError(
    'BUNDLE_INVALID',
    `${SCHEDULER}: prediction_type is ${JSON.stringify(value)}; it must be one of ${Object.keys(PREDICTION_TYPES).join(', ')}.`,
    { field: 'prediction_type', value },
  );
}

function sampleSizes(value: unknown): readonly [number, number] {
  const [rows, columns] = Array.isArray(value) ? value : [value, value];
  return [positive(rows, ABSENT.sampleSize), positive(columns, ABSENT.sampleSize)];
}

function positive(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}

function nameOf(index: Readonly<Record<string, unknown>>, files: BundleFiles): string {
  const name = index._name_or_path;
  return typeof name === 'string' && name !== '' ? name : files.description;
}

async function licenseOf(files: BundleFiles): Promise<License> {
  const unknown = { id: 'unknown', name: 'a licence the folder does not state', acceptRequired: false };
  if (!(await files.has('README.md'))) return unknown;
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(await readText(files, 'README.md'))?.[1];
  const id = frontMatter && /^license:\s*["']?([\w.+-]+)/m.exec(frontMatter)?.[1];
  return id ? { id, name: id, acceptRequired: false } : unknown;
}
