import { type GraphSource, GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';
import { MODEL_INDEX, readDiffusersLayout } from './diffusers-layout.js';
import { checkLicense } from './license.js';
import { type Manifest, parseManifest } from './manifest.js';
import { readJson } from './read-json.js';
import { loadTokenizer, requireTokenizer } from './tokenizer/load-tokenizer.js';
import type { TextTokenizer } from './tokenizer/text-tokenizer.js';
import { type Verification, verifyFiles } from './verify.js';

/** Settings of {@link openBundle}. @category Bundle */
export interface BundleOptions {
  /** Id of the licence you have read and accept, for bundles that require it. */
  readonly acceptLicense?: string | undefined;
  /**
   * How closely files are compared with the manifest: `none` only that they exist, `size` their bytes, `sha256` also
   * their contents. Default: `sha256` for bundles of 64 MiB or less, `size` above. Folders without a `bundle.json`
   * carry nothing to compare with.
   */
  readonly verify?: Verification | undefined;
}

/** A model's files, checked and ready to load. @category Bundle */
export interface Bundle {
  readonly manifest: Manifest;
  /**
   * Where a runtime finds the graph of a component.
   *
   * @param float16 - Takes the graph that computes in float16 where there is one. Default false.
   * @throws BUNDLE_INVALID when the manifest names no such component.
   */
  graph(component: string, float16?: boolean): GraphSource;
  /** The contents of a JSON file. @throws BUNDLE_FILE_MISSING, BUNDLE_INVALID */
  json(path: string): Promise<unknown>;
  /** The bytes of a file. @throws BUNDLE_FILE_MISSING */
  read(path: string): Promise<Uint8Array>;
  /**
   * The tokenizer in a folder, the manifest's own by default, built once.
   *
   * @param length - Tokens of every text, instead of the number the folder states.
   * @throws TOKENIZER_INVALID
   */
  tokenizer(folder?: string, length?: number): Promise<TextTokenizer>;
  /** The contents of diffusers' `scheduler_config.json`: that of the stage named in a cascade. @throws BUNDLE_FILE_MISSING, BUNDLE_INVALID */
  schedulerConfig(stage?: string): Promise<unknown>;
}

/** @internal */
export const MANIFEST_FILE = 'bundle.json';

/**
 * Opens a model's files: reads `bundle.json`, or derives a manifest from a diffusers/optimum ONNX folder; checks it, the
 * licence and the files. Graphs are not parsed.
 *
 * @throws GuidanceError BUNDLE_NOT_FOUND, BUNDLE_INVALID, BUNDLE_FILE_MISSING, BUNDLE_FILE_CORRUPT, MODEL_UNKNOWN,
 * LICENSE_NOT_ACCEPTED, TOKENIZER_INVALID when a tokenizer's file is missing
 *
 * @example
 * const bundle = await openBundle(await locateBundle('@sega/tiny-faces#stable-diffusion'));
 * bundle.manifest.defaults.width; // 64
 * @category Bundle
 */
export async function openBundle(files: BundleFiles, options: BundleOptions = {}): Promise<Bundle> {
  const { acceptLicense, verify } = options;
  if (verify !== undefined && !['none', 'size', 'sha256'].includes(verify)) {
    throw new GuidanceError('OPTION_INVALID', `verify is '${verify}'; it must be 'none', 'size' or 'sha256'.`, {
      option: 'verify',
      value: verify,
    });
  }
  const manifest = await readManifest(files);
  checkLicense(manifest.license, acceptLicense, manifest.name);
  await verifyFiles(files, manifest, verify);
  for (const folder of tokenizersOf(manifest)) await requireTokenizer(files, folder);
  const tokenizers = new Map<string, Promise<TextTokenizer>>();
  return {
    manifest,
    graph: (component, float16 = false) => {
      const { components, float16: halves = {} } = manifest;
      const own = float16 && Object.hasOwn(halves, component) ? halves : components;
      const path = Object.hasOwn(own, component) && own[component];
      if (path) return { name: `${component} (${path} of ${manifest.name})`, location: files.locate(path) };
      throw new GuidanceError(
        'BUNDLE_INVALID',
        `${manifest.name} has no component '${component}'; its manifest names ${Object.keys(manifest.components).join(', ')}.`,
        { component, components: manifest.components },
      );
    },
    json: (path) => readJson(files, path),
    read: (path) => files.read(path),
    tokenizer: async (folder = manifest.tokenizer, length) => {
      if (folder === undefined) throw noTokenizer(manifest);
      const key = `${length} ${folder}`;
      const tokenizer = tokenizers.get(key) ?? loadTokenizer(files, folder, length);
      tokenizers.set(key, tokenizer);
      return tokenizer;
    },
    schedulerConfig: async (stage) => readJson(files, schedulerOf(manifest, stage)),
  };
}

function tokenizersOf(manifest: Manifest): readonly string[] {
  const stages = 'stages' in manifest ? Object.values(manifest.stages) : [];
  const second = 'clipTokenizer' in manifest ? manifest.clipTokenizer : undefined;
  const folders = [manifest.tokenizer, second, ...stages.map(({ textEncoder }) => textEncoder?.tokenizer)];
  return folders.filter((folder) => folder !== undefined);
}

function noTokenizer({ name }: Manifest): GuidanceError {
  return new GuidanceError(
    'TOKENIZER_INVALID',
    `${name} has no tokenizer: it carries embeddings of prompts instead. Use those, or a bundle with a text encoder.`,
  );
}

function noScheduler({ name }: Manifest): GuidanceError {
  return new GuidanceError(
    'BUNDLE_INVALID',
    `${name} has no scheduler file: token models have \`sampling\` in the manifest.`,
  );
}

function schedulerOf(manifest: Manifest, stage: string | undefined): string {
  if ('scheduler' in manifest) return manifest.scheduler;
  if (!('stages' in manifest)) throw noScheduler(manifest);
  const names = Object.keys(manifest.stages);
  const name = stage ?? names[0]!;
  if (Object.hasOwn(manifest.stages, name)) return manifest.stages[name]!.scheduler;
  throw new GuidanceError('STAGE_UNKNOWN', `${manifest.name} has no stage "${name}"; it has ${names.join(', ')}.`, {
    stage: name,
    stages: names,
  });
}

async function readManifest(files: BundleFiles): Promise<Manifest> {
  if (await files.has(MANIFEST_FILE)) {
    return parseManifest(await readJson(files, MANIFEST_FILE), `${MANIFEST_FILE} of ${files.description}`);
  }
  if (await files.has(MODEL_INDEX)) return readDiffusersLayout(files);
  throw new GuidanceError(
    'BUNDLE_NOT_FOUND',
    `${files.description} holds neither ${MANIFEST_FILE} nor ${MODEL_INDEX}. Point to the folder of a sega bundle or of a diffusers/optimum ONNX export.`,
    { bundle: files.description, looked: [MANIFEST_FILE, MODEL_INDEX] },
  );
}
