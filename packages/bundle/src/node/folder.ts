import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from '../bundle-files.js';

/**
 * A folder of this machine as a bundle's files. Large files are hashed without being held in memory.
 *
 * @param path - Absolute, or relative to the working directory. Need not exist yet.
 *
 * @example
 * const bundle = await openBundle(folder('./models/stable-diffusion-v1-5-onnx'));
 * @category Bundle
 */
export function folder(path: string): BundleFiles {
  const root = resolve(path);
  const locate = (inner: string): string => join(root, ...inner.split('/'));
  const orMissing = async <T>(inner: string, task: Promise<T>): Promise<T> => {
    try {
      return await task;
    } catch (cause) {
      const reason = isAbsent(cause) ? 'is missing from' : `cannot be read (${(cause as Error).message}) in`;
      const message = `${inner} ${reason} ${root}. Fetch or export the bundle again.`;
      throw new GuidanceError('BUNDLE_FILE_MISSING', message, { path: inner, bundle: root }, { cause });
    }
  };
  return {
    description: root,
    has: (inner) =>
      stat(locate(inner)).then(
        (found) => found.isFile(),
        () => false,
      ),
    read: async (inner) => new Uint8Array(await orMissing(inner, readFile(locate(inner)))),
    locate,
    size: async (inner) => (await orMissing(inner, stat(locate(inner)))).size,
    sha256: async (inner) => {
      const hash = createHash('sha256');
      await orMissing(inner, pipeline(createReadStream(locate(inner)), hash));
      return hash.digest('hex');
    },
  };
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
