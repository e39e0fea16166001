import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';
import type { FileRecord, ManifestBase } from './manifest.js';

/** Bundles up to this many bytes are hashed even when nothing is said. @internal */
export const ALWAYS_HASHED = 64 * 2 ** 20;

const POINTER = 'version https://git-lfs.github.com/spec/';
const POINTER_LIMIT = 1024;

/** How closely files are compared with the manifest. @category Bundle */
export type Verification = 'none' | 'size' | 'sha256';

/**
 * Compares every file of the manifest with its record.
 *
 * @throws BUNDLE_FILE_MISSING, or BUNDLE_FILE_CORRUPT naming the file, what was expected and what was found.
 * @internal
 */
export async function verifyFiles(
  files: BundleFiles,
  manifest: Pick<ManifestBase, 'files'>,
  level?: Verification,
): Promise<void> {
  const records = Object.entries(manifest.files);
  const total = records.reduce((sum, [, record]) => sum + record.bytes, 0);
  const chosen = level ?? (total <= ALWAYS_HASHED ? 'sha256' : 'size');
  for (const [path] of records) await requireFile(files, path);
  if (chosen === 'none') return;
  for (const [path, record] of records) {
    await compareSize(files, path, record);
    if (chosen === 'sha256') await compareHash(files, path, record);
  }
}

/** @throws BUNDLE_FILE_MISSING @internal */
export async function requireFile(files: BundleFiles, path: string, hint?: string): Promise<void> {
  if (await files.has(path)) return;
  throw new GuidanceError(
    'BUNDLE_FILE_MISSING',
    `${path} is missing from ${files.description}. ${hint ?? 'Fetch or export the bundle again.'}`,
    { path, bundle: files.description },
  );
}

/** Refuses a graph that is empty or a Git LFS pointer: all that can be told without a record. @internal */
export async function requireGraph(files: BundleFiles, path: string, hint: string): Promise<void> {
  await requireFile(files, path, hint);
  const bytes = await sizeOf(files, path);
  if (bytes === 0) throw corrupt(files, path, 'a graph', 'an empty file', 'Fetch or export it again.');
  if (await isPointer(files, path, bytes)) throw corrupt(files, path, 'a graph', ...POINTER_FOUND);
}

async function compareSize(files: BundleFiles, path: string, record: FileRecord): Promise<void> {
  const bytes = await sizeOf(files, path);
  if (bytes === record.bytes) return;
  const [found, fix] = (await isPointer(files, path, bytes))
    ? POINTER_FOUND
    : [`${bytes} bytes`, bytes < record.bytes ? 'It is truncated: fetch it again.' : 'Fetch it again.'];
  throw corrupt(files, path, `${record.bytes} bytes`, found, fix);
}

async function compareHash(files: BundleFiles, path: string, record: FileRecord): Promise<void> {
  const sha256 = files.sha256 ? await files.sha256(path) : await digest(await files.read(path));
  if (sha256 === record.sha256) return;
  throw corrupt(files, path, `sha256 ${record.sha256}`, `sha256 ${sha256}`, 'Its contents changed: fetch it again.');
}

async function sizeOf(files: BundleFiles, path: string): Promise<number> {
  return files.size ? files.size(path) : (await files.read(path)).length;
}

const POINTER_FOUND = [
  'a Git LFS pointer',
  "The file itself was never fetched: run 'git lfs pull' in the repository.",
] as const;

async function isPointer(files: BundleFiles, path: string, bytes: number): Promise<boolean> {
  return bytes < POINTER_LIMIT && new TextDecoder().decode(await files.read(path)).startsWith(POINTER);
}

async function digest(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) {
    throw new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      "sha256 needs Web Crypto, which a browser has only on https or localhost. Serve the page from there, or pass verify: 'size'.",
    );
  }
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function corrupt(files: BundleFiles, path: string, expected: string, found: string, fix: string): GuidanceError {
  return new GuidanceError(
    'BUNDLE_FILE_CORRUPT',
    `${path} of ${files.description} is ${found}; expected ${expected}. ${fix}`,
    { path, bundle: files.description, expected, found },
  );
}
