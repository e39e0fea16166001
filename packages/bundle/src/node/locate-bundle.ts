import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from '../bundle-files.js';
import { Fields } from '../fields.js';
import { folder } from './folder.js';

/** Settings of {@link locateBundle}. @category Bundle */
export interface LocateOptions {
  /** Folder that relative paths and package names are resolved from. Default: the working directory. */
  readonly from?: string | undefined;
}

const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/**
 * Finds a bundle on this machine. `source` is
 *
 * - a folder with `bundle.json` or `model_index.json`;
 * - an installed npm package whose package.json lists bundles: `"sega": { "bundles": { "<name>": "<folder>" } }`, or the
 *   folder of such a package. With several bundles, `#name` picks one.
 *
 * @throws BUNDLE_NOT_FOUND listing what was tried, MODEL_UNKNOWN when the package has no such bundle, BUNDLE_INVALID when
 * its list is malformed.
 *
 * @example
 * const files = await locateBundle('@sega/tiny-faces#stable-diffusion');
 * const bundle = await openBundle(files);
 * @category Bundle
 */
export async function locateBundle(source: string, options: LocateOptions = {}): Promise<BundleFiles> {
  const from = resolve(options.from ?? '.');
  const tried: string[] = [];
  const whole = toPath(source, from);
  if (source === '') throw notFound(source, from, tried);
  if (await isFolder(whole)) return choose(whole, undefined, source);
  tried.push(whole);
  const hash = source.lastIndexOf('#');
  const base = hash < 0 ? source : source.slice(0, hash);
  const name = hash < 0 ? undefined : source.slice(hash + 1);
  if (hash > 0 && (await isFolder(toPath(base, from)))) return choose(toPath(base, from), name, source);
  for (const candidate of PACKAGE_NAME.test(base) ? packageFolders(base, from) : []) {
    if (await isFolder(candidate)) return choose(candidate, name, source);
    tried.push(candidate);
  }
  throw notFound(source, from, tried);
}

async function choose(root: string, name: string | undefined, source: string): Promise<BundleFiles> {
  const bundles = await listBundles(root);
  const names = Object.keys(bundles);
  const only = names.length === 1 ? names[0] : undefined;
  if (name === undefined && names.length === 0) return folder(root);
  const chosen = name ?? only;
  if (chosen !== undefined && Object.hasOwn(bundles, chosen)) return folder(join(root, bundles[chosen]!));
  const offer = names.length > 0 ? `It has ${names.join(', ')}` : 'Its package.json lists none';
  const problem = name === undefined ? `${source} holds several bundles` : `${source} names no bundle of ${root}`;
  throw new GuidanceError(
    'MODEL_UNKNOWN',
    `${problem}. ${offer}${names.length > 0 ? `; pick one, such as '${source.split('#')[0]}#${names[0]}'` : ''}.`,
    { source, root, name, names },
  );
}

async function listBundles(root: string): Promise<Record<string, string>> {
  const path = join(root, 'package.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GuidanceError('BUNDLE_INVALID', `${path} is not valid JSON.`, { path }, { cause });
  }
  const fields = new Fields(value, path);
  if (!fields.has('sega')) return {};
  const bundles = fields.object('sega').object('bundles');
  return Object.fromEntries(bundles.keys.map((name) => [name, bundles.path(name)]));
}

function notFound(source: string, from: string, tried: readonly string[]): GuidanceError {
  const list = tried.length > 0 ? ` Tried:${tried.map((path) => `\n  ${path}`).join('')}\n` : ' ';
  return new GuidanceError(
    'BUNDLE_NOT_FOUND',
    `No bundle '${source}': it is neither a folder nor an installed package.${list}` +
      'Give the path of a folder, or install the package first.',
    { source, from, tried },
  );
}

function packageFolders(name: string, from: string): readonly string[] {
  const require = createRequire(join(from, 'package.json'));
  const folders = (require.resolve.paths(name) ?? []).map((modules) => join(modules, name));
  try {
    // Package managers without node_modules folders answer only through the resolver.
    return [...folders, dirname(require.resolve(`${name}/package.json`))];
  } catch {
    return folders;
  }
}

function toPath(source: string, from: string): string {
  return source.startsWith('file:') ? fileURLToPath(source) : resolve(from, source);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
