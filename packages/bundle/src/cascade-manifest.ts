import type { ModelDefaults, Steps } from '@sega/guidance';
import type { Fields } from './fields.js';
import type { ManifestBase } from './manifest.js';

/** The noise added to a low-resolution picture before a stage is conditioned on it. @category Bundle */
export interface StageNoising {
  /** Path of the diffusers scheduler configuration of the noise. */
  readonly scheduler: string;
  /** Timestep of that schedule: how much noise unless asked otherwise. */
  readonly level: number;
  /** The most the network was trained for, where that is less than the whole schedule. */
  readonly maxLevel?: number;
}

/** One stage of a cascade. @category Bundle */
export interface CascadeStage {
  /** The denoiser among the components. */
  readonly component: string;
  /** Path of diffusers' `scheduler_config.json`. */
  readonly scheduler: string;
  /** Sampler, where another than the scheduler file's own class is recommended. */
  readonly sampler?: string;
  /** Longer side of the stage's usual picture, in pixels: what a stage enlarges by is the ratio to the one before. */
  readonly size: number;
  /** Recommended steps: their number, timesteps from high to low, or a named schedule. */
  readonly timesteps: Steps;
  /** Classifier-free guidance scale. */
  readonly scale: number;
  /** Absent in the first stage. */
  readonly noising?: StageNoising;
  /** A text encoder of the stage's own, without a mask, with the folder of its tokenizer. */
  readonly textEncoder?: { readonly component: string; readonly tokenizer: string };
  /** A decoder among the components, where the stage works on latents: those latents as in a single-stage bundle. */
  readonly decoder?: {
    readonly component: string;
    readonly latent: { readonly channels: number; readonly factor: number; readonly scale: number };
  };
}

/** The manifest of a cascade. @category Bundle */
export interface CascadeManifest extends ManifestBase {
  /** In the order they run. */
  readonly stages: Readonly<Record<string, CascadeStage>>;
  /** Folder of the text encoder's tokenizer; absent only with `promptEmbeddings`. */
  readonly tokenizer?: string;
  /** A `.safetensors` file of embeddings by text, in place of a text encoder. */
  readonly promptEmbeddings?: string;
  /** Texts are cleaned as the model's training data was, rather than only lower-cased. */
  readonly cleanCaption: boolean;
  readonly defaults: ModelDefaults;
}

type CascadeFields = Pick<CascadeManifest, 'stages' | 'tokenizer' | 'promptEmbeddings' | 'cleanCaption'>;

/** The fields only cascades have. @throws BUNDLE_INVALID @internal */
export function parseCascade(root: Fields): CascadeFields {
  const stages = root.object('stages');
  if (stages.keys.length === 0) root.fail('stages', 'an object of at least one stage');
  return {
    stages: Object.fromEntries(stages.keys.map((name, i) => [name, parseStage(stages.object(name), i === 0)])),
    ...(root.has('tokenizer') && { tokenizer: root.path('tokenizer') }),
    ...(root.has('promptEmbeddings') && { promptEmbeddings: root.path('promptEmbeddings') }),
    cleanCaption: root.has('cleanCaption') && root.flag('cleanCaption'),
  };
}

function parseStage(fields: Fields, isFirst: boolean): CascadeStage {
  return {
    component: fields.text('component'),
    scheduler: fields.path('scheduler'),
    ...(fields.has('sampler') && { sampler: fields.text('sampler') }),
    size: fields.number('size', { min: 1, integer: true }),
    timesteps: parseTimesteps(fields),
    scale: fields.number('scale'),
    ...(!isFirst && { noising: parseNoising(fields) }),
    ...(fields.has('textEncoder') && {
      textEncoder: { component: fields.text('textEncoder'), tokenizer: fields.path('tokenizer') },
    }),
    ...((fields.has('decoder') || fields.has('latent')) && {
      decoder: { component: fields.text('decoder'), latent: fields.latent('latent') },
    }),
  };
}

function parseTimesteps(fields: Fields): Steps {
  const value = fields.value.timesteps;
  if (typeof value === 'string') return fields.text('timesteps');
  if (typeof value === 'number') return fields.number('timesteps', { min: 1, max: 1000, integer: true });
  if (Array.isArray(value) && value.length > 0 && value.every((step) => Number.isInteger(step) && step >= 0)) {
    return value as readonly number[];
  }
  return fields.fail('timesteps', 'a number of steps, the name of a schedule, or a list of timesteps');
}

function parseNoising(fields: Fields): StageNoising {
  const level = (key: string): number => fields.number(key, { min: 0, integer: true });
  return {
    scheduler: fields.path('noising'),
    level: level('noiseLevel'),
    ...(fields.has('maxNoiseLevel') && { maxLevel: level('maxNoiseLevel') }),
  };
}

/** Refuses a cascade that names what is not there, or whose stages do not follow on each other. @throws BUNDLE_INVALID @internal */
export function checkCascade(root: Fields, { components, files, stages, ...manifest }: CascadeManifest): void {
  if (manifest.promptEmbeddings === undefined || Object.hasOwn(components, 'textEncoder')) {
    root.object('components').path('textEncoder');
    root.folder('tokenizer', files);
  }
  if (manifest.promptEmbeddings !== undefined) root.file('promptEmbeddings', files);
  const listed = root.object('stages');
  let previous = 1;
  for (const [name, stage] of Object.entries(stages)) {
    const fields = listed.object(name);
    const roles = {
      component: stage.component,
      textEncoder: stage.textEncoder?.component,
      decoder: stage.decoder?.component,
    };
    for (const [key, role] of Object.entries(roles)) {
      if (role !== undefined && !Object.hasOwn(components, role)) fields.fail(key, 'named under components');
    }
    fields.file('scheduler', files);
    if (stage.noising) fields.file('noising', files);
    if (stage.textEncoder) fields.folder('tokenizer', files);
    if (stage.size % previous !== 0) fields.fail('size', `a multiple of ${previous}, the size of the stage before`);
    const { factor = 1 } = stage.decoder?.latent ?? {};
    if (stage.size % factor !== 0) fields.fail('size', `a multiple of latent.factor, ${factor}`);
    previous = stage.size;
  }
}
