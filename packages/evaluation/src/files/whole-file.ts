import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GuidanceError } from '@sega/guidance';

/**
 * Refuses files of one folder that could not be written later, by writing and removing an empty one beside them.
 *
 * @throws OUTPUT_UNWRITABLE
 * @internal
 */
export async function checkWritable(paths: readonly string[]): Promise<void> {
  const [first] = paths;
  if (first === undefined) return;
  try {
    await makeFolder(resolve(dirname(first)));
    const probe = temporaryName(first);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw unwritable(first, reason(error), error);
  }
  for (const path of paths) if (await isFolder(path)) throw unwritable(path, 'a folder has that name');
}

/**
 * Writes a file whole or not at all: to a name beside it, renamed when complete.
 *
 * @throws OUTPUT_UNWRITABLE
 * @internal
 */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, reason(error), error);
  }
}

/**
 * Makes a folder and those above it. Node's own recursive mkdir never returns where a file system answers ENOENT to
 * making a folder, as /proc does.
 *
 * @internal
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error;
  });
}

function temporaryName(path: string): string {
  return `${path}.${randomUUID().slice(0, 8)}.part`;
}

/** True when there is a folder of that name. @internal */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function unwritable(path: string, why: string, cause?: unknown): GuidanceError {
  const message = `"${path}" cannot be written: ${why}. Name a file in a folder you may write to.`;
  return new GuidanceError('OUTPUT_UNWRITABLE', message, { path }, { cause });
}

/** `EACCES: permission denied, open '/x/y.part'` → `permission denied` */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^E[A-Z]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}
