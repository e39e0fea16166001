import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright';
import { build } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { serveFolders } from '../bundlers/static-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A browser without WebGPU, as many people have. */
export function openBrowser(): Promise<Browser> {
  return launch(['--no-sandbox']);
}

/** A browser whose WebGPU is drawn in software. */
export function openBrowserWithWebGpu(): Promise<Browser> {
  return launch(CHROMIUM_FLAGS);
}

function launch(args: readonly string[]): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({ args: [...args], ...(executablePath && { executablePath }) });
}

/** An example, built for production and served. */
export interface Site extends AsyncDisposable {
  readonly address: string;
  /** Where the built files lie. */
  readonly folder: string;
}

/** @param folders - Published beside it, by the first part of their address. */
export async function publish(example: string, folders: Readonly<Record<string, string>> = {}): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), `sega-${example}-`));
  await production(() =>
    build({ root: join(root, 'examples', example), logLevel: 'error', build: { outDir: folder, emptyOutDir: true } }),
  );
  const absolute = Object.entries(folders).map(([name, path]) => [name, join(root, path)]);
  const server = await serveFolders({ '': folder, ...Object.fromEntries(absolute) });
  return {
    address: server.address,
    folder,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Vite takes the environment's word for what it builds for, and that of a test is another. */
async function production<T>(work: () => Promise<T>): Promise<T> {
  const { env } = process;
  const before = env.NODE_ENV;
  env.NODE_ENV = 'production';
  try {
    return await work();
  } finally {
    env.NODE_ENV = before;
  }
}
