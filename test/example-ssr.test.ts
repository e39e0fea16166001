import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';

const MINUTES = 10 * 60_000;
const root = fileURLToPath(new URL('../examples/ssr', import.meta.url));
/** What a server lacks, or must not be asked for; whether there is a `document` is how CommonJS tells the two apart. */
const BROWSER_ONLY = ['window', 'self', 'location', 'navigator', 'Worker', 'GPUBufferUsage', 'ImageData'];

/** Runs code where every global only a browser has ends the process, and gives what it prints. */
function runOnServer(code: string, folder: string, name: string): Promise<string> {
  const trap = `for (const name of ${JSON.stringify(BROWSER_ONLY)})
    Object.defineProperty(globalThis, name, { get() { throw new Error('touched ' + name); }, configurable: true });\n`;
  const file = join(folder, name);
  return writeFile(file, trap + code).then(() => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect([stderr, status]).toEqual(['', 0]);
    return stdout;
  });
}

describe('importing the packages on a server', () => {
  let out: string;
  beforeAll(async () => {
    // Where packages are found by name.
    out = await mkdtemp(join(root, '../../node_modules/.ssr-'));
  });
  afterAll(() => rm(out, { recursive: true }));

  const MODULES = ['runtime-web', 'bundle', 'guidance', 'stable-diffusion', 'deepfloyd-if', 'paella', 'tiny-faces/web'];
  const PRINT = '.then(({ render }) => console.log(render()));';

  it('touches nothing of a browser as modules', { timeout: MINUTES }, async () => {
    const code = MODULES.map((name) => `await import('@sega/${name}');`).join('\n');
    await runOnServer(code, out, 'modules.mjs');
  });

  it('touches nothing of a browser as CommonJS', { timeout: MINUTES }, async () => {
    await runOnServer(MODULES.map((name) => `require('@sega/${name}');`).join('\n'), out, 'modules.cjs');
  });

  it.each([true, false])(
    "renders Vite's build for servers, packages bundled: %s",
    { timeout: MINUTES },
    async (whole) => {
      const outDir = join(out, `vite-${whole}`);
      await build({
        root,
        configFile: false,
        logLevel: 'error',
        ssr: whole ? { noExternal: true } : {},
        build: { ssr: 'entry-server.js', outDir },
      });
      expect(await runOnServer(`import('./entry-server.js')${PRINT}`, outDir, 'render.mjs')).toContain('<button>');
    },
  );

  it("renders webpack's build for servers, as Next makes one", { timeout: MINUTES }, async () => {
    const path = join(out, 'webpack');
    await new Promise<void>((resolve, reject) => {
      const output = { path, filename: 'entry.mjs', library: { type: 'module' }, module: true };
      const settings = { mode: 'production', target: 'node20', experiments: { outputModule: true } } as const;
      webpack({ ...settings, context: root, entry: './entry-server.js', output }, (error, stats) => {
        if (error ?? stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
        else resolve();
      });
    });
    expect(await runOnServer(`import('./entry.mjs')${PRINT}`, path, 'render.mjs')).toContain('<button>');
  });

  it("builds Vite's page for browsers from the same module", { timeout: MINUTES }, async () => {
    const outDir = join(out, 'page');
    await build({ root, configFile: false, logLevel: 'error', build: { outDir } });
  });
});
