import type { ModelDefaults, Momentum, Space } from '@sega/guidance';
import { type CascadeManifest, checkCascade, parseCascade } from './cascade-manifest.js';
import { Fields, INNER_PATH_RULE, isInnerPath } from './fields.js';
import { checkTokenManifest, parseTokenFields, type TokenManifest } from './token-manifest.js';

/** A model's licence. @category Bundle */
export interface License {
  /** SPDX id where one exists; `unknown` when a folder names none. What `acceptLicense` must equal. */
  readonly id: string;
  readonly name: string;
  /** True when the model loads only with `acceptLicense: id`. */
  readonly acceptRequired: boolean;
  readonly url?: string;
}

/** What a file must be. @category Bundle */
export interface FileRecord {
  readonly bytes: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Recommended settings; the sampler is the scheduler file's own class when none is named. @category Bundle */
export interface ManifestDefaults extends ModelDefaults {
  readonly steps: number;
  /** Classifier-free guidance scale. */
  readonly scale: number;
  readonly sampler?: string;
}

/** What the manifests of all families have. @category Bundle */
export interface ManifestBase {
  readonly schema: 'sega-bundle/1';
  /** `stable-diffusion`, `deepfloyd-if`, `paella`, or whatever an adapter of your own calls itself. */
  readonly family: string;
  readonly name: string;
  readonly version: string;
  readonly license: License;
  /** Where the weights came from: repository, revision, exporter. Free-form. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Every file by its path; empty for a folder without a manifest of its own. */
  readonly files: Readonly<Record<string, FileRecord>>;
  /**
   * Graphs by role: `textEncoder`, `denoiser`, `decoder`, maybe `textKeys` and `safetyChecker`; in a cascade the roles its
   * stages name.
   */
  readonly components: Readonly<Record<string, string>>;
  /**
   * Graphs that compute in float16, by the role they can stand in for: runtimes load them where the device computes in it,
   * and those of `components` elsewhere. A role that overflows in float16 is left out.
   */
  readonly float16?: Readonly<Record<string, string>>;
}

/** The manifest of a model with one denoiser over latents. @category Bundle */
export interface SingleStageManifest extends ManifestBase {
  /** Folder of the tokenizer. */
  readonly tokenizer: string;
  /** Path of diffusers' `scheduler_config.json`. */
  readonly scheduler: string;
  /** The state the denoiser works on: its channels, pixels per position, and latents × 1/scale = decoder input. */
  readonly latent: { readonly channels: number; readonly factor: number; readonly scale: number };
  /** What the denoiser predicts. */
  readonly predictionType: Space;
  readonly defaults: ManifestDefaults;
}

/**
 * What a model's files are and mean, checked: `bundle.json`, or derived from a diffusers folder. That of a cascade has
 * `stages`, that of a token model a `codebook`.
 *
 * @category Bundle
 */
export type Manifest = SingleStageManifest | CascadeManifest | TokenManifest;

/** @internal */
export const SCHEMA = 'sega-bundle/1';

const SPACES: readonly Space[] = ['epsilon', 'velocity', 'sample', 'flow', 'logits'];

const REQUIRED_COMPONENTS: Readonly<Record<string, readonly string[]>> = {
  'stable-diffusion': ['textEncoder', 'denoiser', 'decoder'],
  paella: ['textEncoder', 'denoiser', 'decoder'],
  judge: ['judge'],
};

/**
 * Checks the contents of a `bundle.json`. Fields it does not know are ignored.
 *
 * @param source - The file, for messages.
 * @throws BUNDLE_INVALID naming the field, its value and the rule.
 *
 * @example
 * const manifest = parseManifest(JSON.parse(text), 'bundle.json');
 * @category Bundle
 */
export function parseManifest(value: unknown, source: string): Manifest {
  const root = new Fields(value, source);
  const base = parseBase(root);
  if (base.family === 'judge') root.fail('family', 'that of a model that makes pictures; a judge opens with openJudge');
  if (root.has('stages')) {
    const cascade = { ...base, ...parseCascade(root), defaults: parseModelDefaults(root.object('defaults')) };
    checkCascade(root, cascade);
    return cascade;
  }
  if (root.has('codebook')) {
    const tokens = {
      ...base,
      ...parseTokenFields(root, base.components),
      defaults: parseDefaults(root.object('defaults')),
    };
    checkTokenManifest(root, tokens);
    return tokens;
  }
  const manifest: SingleStageManifest = {
    ...base,
    tokenizer: root.path('tokenizer'),
    scheduler: root.path('scheduler'),
    latent: root.latent('latent'),
    predictionType: root.oneOf('predictionType', SPACES),
    defaults: parseDefaults(root.object('defaults')),
  };
  checkReferences(root, manifest);
  return manifest;
}

/** What the manifests of all families have. @throws BUNDLE_INVALID @internal */
export function parseBase(root: Fields): ManifestBase {
  root.oneOf('schema', [SCHEMA]);
  const base: ManifestBase = {
    schema: SCHEMA,
    family: root.text('family'),
    name: root.text('name'),
    version: root.text('version'),
    license: parseLicense(root.object('license')),
    source: root.has('source') ? root.object('source').value : {},
    files: parseFiles(root.object('files')),
    components: parseComponents(root.object('components')),
    ...(root.has('float16') && { float16: parseComponents(root.object('float16')) }),
  };
  checkComponents(root, base);
  return base;
}

function parseLicense(fields: Fields): License {
  return {
    id: fields.text('id'),
    name: fields.text('name'),
    acceptRequired: fields.flag('acceptRequired'),
    ...(fields.has('url') && { url: fields.text('url') }),
  };
}

function parseFiles(fields: Fields): Record<string, FileRecord> {
  return Object.fromEntries(
    fields.keys.map((path) => {
      if (!isInnerPath(path)) fields.fail(path, `listed under ${INNER_PATH_RULE}`);
      const record = fields.object(path);
      const sha256 = record.text('sha256');
      if (!/^[0-9a-f]{64}$/.test(sha256)) record.fail('sha256', '64 lower-case hexadecimal digits');
      return [path, { bytes: record.number('bytes', { min: 0, integer: true }), sha256 }];
    }),
  );
}

function parseComponents(fields: Fields): Record<string, string> {
  return Object.fromEntries(fields.keys.map((role) => [role, fields.path(role)]));
}

function parseDefaults(fields: Fields): ManifestDefaults {
  return {
    ...parseModelDefaults(fields),
    steps: fields.number('steps', { min: 1, max: 1000, integer: true }),
    ...(fields.has('sampler') && { sampler: fields.text('sampler') }),
    scale: fields.number('scale'),
  };
}

function parseModelDefaults(fields: Fields): ModelDefaults {
  const concept = fields.object('concept');
  return {
    width: fields.number('width', { min: 1, integer: true }),
    height: fields.number('height', { min: 1, integer: true }),
    concept: {
      scale: concept.number('scale'),
      threshold: concept.number('threshold', { min: 0, max: 1 }),
      ...(concept.has('warmup') && { warmup: concept.number('warmup', { min: 0, integer: true }) }),
    },
    ...(fields.has('momentum') && { momentum: parseMomentum(fields.object('momentum')) }),
  };
}

function parseMomentum(fields: Fields): Momentum {
  return {
    scale: fields.number('scale', { min: 0, max: 1 }),
    ...(fields.has('beta') && { beta: fields.number('beta', { min: 0, max: 1 }) }),
  };
}

function checkComponents(root: Fields, { family, components: roles, float16, files }: ManifestBase): void {
  const components = root.object('components');
  for (const role of REQUIRED_COMPONENTS[family] ?? []) components.path(role);
  for (const role of Object.keys(roles)) components.file(role, files);
  for (const role of Object.keys(float16 ?? {})) {
    const halves = root.object('float16');
    if (!Object.hasOwn(roles, role))
      halves.fail(role, `left out, or a role of components: ${Object.keys(roles).join(', ')}`);
    halves.file(role, files);
  }
}

function checkReferences(root: Fields, manifest: SingleStageManifest): void {
  root.file('scheduler', manifest.files);
  root.folder('tokenizer', manifest.files);
  for (const side of ['width', 'height'] as const) {
    if (manifest.defaults[side] % manifest.latent.factor !== 0) {
      root.object('defaults').fail(side, `a multiple of latent.factor, ${manifest.latent.factor}`);
    }
  }
}
