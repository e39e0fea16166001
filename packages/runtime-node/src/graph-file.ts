import { open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GraphSource, GuidanceError } from '@sega/guidance';
import type { SessionFailure } from './session-thread.js';

/** Bytes of a network that may be loaded several times. */
const SMALL = 64 * 2 ** 20;

const LFS_POINTER = 'version https://git-lfs';

/** The path of a graph's file. @throws GRAPH_LOAD when there is no file to load, before ONNX Runtime is asked. @internal */
export async function graphPath({ name, location }: GraphSource): Promise<string> {
  const path = location.startsWith('file:') ? fileURLToPath(location) : location;
  const start = await firstBytes(path).catch((cause: NodeJS.ErrnoException) => {
    const problem =
      cause.code === 'ENOENT'
        ? 'does not exist'
        : cause.code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read (${cause.code})`;
    throw refusal(name, path, `${problem}. Check the bundle, or fetch it again.`, cause);
  });
  if (start.length === 0) throw refusal(name, path, 'is empty. Fetch it again.');
  if (start.startsWith(LFS_POINTER)) {
    throw refusal(name, path, 'is a Git LFS pointer, not the weights. Run `git lfs pull` where it came from.');
  }
  return path;
}

/** Whether a graph is small, its weights included: those of a large one may lie in any other file of its folder. @internal */
export async function isSmall(path: string): Promise<boolean> {
  const folder = dirname(path);
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const sizes = files.map(({ name }) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) <= SMALL;
}

/** What ONNX Runtime said about a file it could not load, with what to do. @internal */
export function loadRefusal(name: string, path: string, failure: SessionFailure): GuidanceError {
  if (failure.where === 'onnxruntime') {
    return new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      `onnxruntime-node could not be loaded: ${failure.message.split('\n')[0]} ` +
        'Install it with `npm install onnxruntime-node@1.30` on Linux, macOS (arm64) or Windows.',
      {},
      { cause: failure },
    );
  }
  const external = /external|_data|\.pb\b/i.test(failure.message)
    ? 'Its weights lie in a second file that must stand beside it under its own name. '
    : 'It is truncated or no ONNX model. ';
  return refusal(name, path, `could not be loaded. ${external}Fetch the bundle again. (${failure.message})`, failure);
}

function refusal(name: string, path: string, problem: string, cause?: Error): GuidanceError {
  return new GuidanceError('GRAPH_LOAD', `${name}: ${path} ${problem}`, { graph: name, path }, cause && { cause });
}

async function firstBytes(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LFS_POINTER.length), 0);
  return buffer.toString('latin1', 0, bytesRead);
}
