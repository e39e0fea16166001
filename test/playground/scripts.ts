import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request } from 'playwright';
import type { Site } from './browse.js';

/** Every script a page asked for, once: its own, workers', and what starts the runtime's WebAssembly. */
export function scriptsOf(requests: readonly Request[]): readonly string[] {
  const paths = new Set(requests.map((request) => new URL(request.url()).pathname));
  return [...paths].filter((path) => /\.m?js$/.test(path));
}

/** Bytes of a site's files, each gzipped. */
export async function zippedBytes({ folder }: Site, paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0);
}
