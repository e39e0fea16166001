import type { GraphSource } from '@sega/guidance';
import { MANIFEST_FILE } from './bundle.js';
import type { BundleFiles } from './bundle-files.js';
import { Fields } from './fields.js';
import { checkLicense } from './license.js';
import { type ManifestBase, parseBase } from './manifest.js';
import { readJson } from './read-json.js';
import { type Verification, verifyFiles } from './verify.js';

/**
 * What a judge's files are and mean: a classifier that says which attributes a picture shows. Its graph takes `pixels`,
 * [batch, 3, size, size] within [−1, 1], and gives `logits`, one for each attribute, and `features`.
 *
 * @category Bundle
 */
export interface JudgeManifest extends ManifestBase {
  readonly family: 'judge';
  /** Pixels along each side of the pictures it takes. */
  readonly size: number;
  /** What it tells, in the order of its logits. */
  readonly attributes: readonly string[];
  /** Pairs of attributes that no picture shows together, so that one going because the other came is no mistake. */
  readonly exclusions: readonly (readonly [string, string])[];
  /** The attributes that make a picture unsafe. */
  readonly unsafe: readonly string[];
}

/** A judge's files, checked and ready to load. @category Bundle */
export interface JudgeBundle {
  readonly manifest: JudgeManifest;
  readonly graph: GraphSource;
}

/**
 * Opens the files of a judge: reads and checks its `bundle.json`, the licence and the files.
 *
 * @throws GuidanceError BUNDLE_FILE_MISSING, BUNDLE_INVALID, BUNDLE_FILE_CORRUPT, LICENSE_NOT_ACCEPTED
 *
 * @example
 * const { manifest } = await openJudge(await locateBundle('@sega/tiny-faces#judge'));
 * manifest.attributes; // ['male', 'glasses', 'smile', …]
 * @category Bundle
 */
export async function openJudge(
  files: BundleFiles,
  options: { readonly acceptLicense?: string | undefined; readonly verify?: Verification | undefined } = {},
): Promise<JudgeBundle> {
  const manifest = parseJudge(await readJson(files, MANIFEST_FILE), `${MANIFEST_FILE} of ${files.description}`);
  checkLicense(manifest.license, options.acceptLicense, manifest.name);
  await verifyFiles(files, manifest, options.verify);
  const path = manifest.components.judge!;
  return { manifest, graph: { name: `judge (${path} of ${manifest.name})`, location: files.locate(path) } };
}

function parseJudge(value: unknown, source: string): JudgeManifest {
  const root = new Fields(value, source);
  const family = root.oneOf('family', ['judge']);
  const attributes = root.texts('attributes');
  if (attributes.length === 0) root.fail('attributes', 'a list of at least one name');
  const known = (name: unknown): boolean => attributes.includes(name as string);
  const unsafe = root.has('unsafe') ? root.texts('unsafe') : [];
  if (!unsafe.every(known)) root.fail('unsafe', 'a list of names listed under attributes');
  const { exclusions: pairs = [] } = root.value;
  const exclusions = arePairs(pairs, known)
    ? pairs
    : root.fail('exclusions', 'a list of pairs of names listed under attributes');
  const size = root.number('size', { min: 1, integer: true });
  return { ...parseBase(root), family, size, attributes, exclusions, unsafe };
}

function arePairs(value: unknown, known: (name: unknown) => boolean): value is JudgeManifest['exclusions'] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(known));
}
