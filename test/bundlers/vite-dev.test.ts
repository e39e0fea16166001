import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackages } from './installed.js';
import { app, box, drawnByNode, expectPicture, MINUTES, model, Sites } from './site.js';

const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

describe("a page on Vite's development server, with installed packages,", { timeout: MINUTES }, () => {
  let sites: Sites;
  let server: ViteDevServer;
  let address: string;
  let expected: Uint8Array;
  beforeAll(async () => {
    [sites, expected] = await Promise.all([Sites.open(), drawnByNode()]);
    const root = await sites.folder();
    await installPackages(root);
    await writeFile(join(root, 'package.json'), '{}');
    await cp(app, join(root, 'app'), { recursive: true });
    await cp(box, join(root, 'box'), { recursive: true });
    await cp(model, join(root, 'public/model'), { recursive: true });
    server = await createServer({ root, configFile: false, logLevel: 'error', server: { port: 0, headers } });
    await server.listen();
    address = server.resolvedUrls!.local[0]!;
  }, MINUTES);
  afterAll(async () => {
    await server.close();
    await sites[Symbol.asyncDispose]();
  });

  it.each([
    ['wasm', 'a worker'],
    ['webgpu', 'a worker'],
    ['wasm', 'the page'],
    ['webgpu', 'the page'],
  ])('draws the picture Node draws on %s in %s', async (device, place) => {
    const outcome = await sites.outcome(`${address}app/index.html?device=${device}&in=${place}`);
    expectPicture(outcome, expected);
    expect(outcome.device).toBe(device);
  });

  it('finds the models in the box', async () => {
    const { error, names } = await sites.outcome(`${address}box/index.html`);
    expect(error).toBeUndefined();
    expect(names).toEqual(['tiny-faces/stable-diffusion', 'tiny-faces/deepfloyd-if', 'tiny-faces/paella']);
  });
});
