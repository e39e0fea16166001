import { readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, box, drawnByNode, embedded, expectPicture, MINUTES, model, Sites } from './site.js';
import { serveFolders } from './static-server.js';
import { publishPlain, publishScript, SERVED, WAYS } from './ways.js';

let sites: Sites;
let expected: Uint8Array;
beforeAll(async () => {
  [sites, expected] = await Promise.all([Sites.open(), drawnByNode()]);
}, MINUTES);
afterAll(() => sites[Symbol.asyncDispose]());

const threads = Math.min(8, availableParallelism());

describe('a page with', () => {
  it.each(Object.keys(WAYS))('%s draws the picture Node draws', { timeout: MINUTES }, async (way) => {
    const site = await sites.folder();
    await WAYS[way]!(app, site);
    await using server = await serveFolders({ '': site, model, ...SERVED });
    for (const device of ['wasm', 'webgpu']) {
      const outcome = await sites.outcome(`${server.address}/index.html?device=${device}`);
      expectPicture(outcome, expected);
      expect([outcome.device, outcome.threads]).toEqual([device, threads]);
    }
  });

  it('esbuild and embedded files is one script and draws the picture Node draws', { timeout: MINUTES }, async () => {
    const site = await sites.folder();
    await publishScript(embedded, site);
    expect((await readdir(site)).sort()).toEqual(['index.html', 'main.js']);
    const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self' blob:";
    await using server = await serveFolders({ '': site, model }, { 'content-security-policy': policy });
    for (const device of ['wasm', 'webgpu', 'auto']) {
      const outcome = await sites.outcome(`${server.address}/index.html?device=${device}`);
      expectPicture(outcome, expected);
      expect([outcome.device, outcome.threads]).toEqual([device === 'auto' ? 'webgpu' : device, threads]);
    }
  });

  it.each(Object.keys(WAYS))('%s finds the models in the box', { timeout: MINUTES }, async (way) => {
    const site = await sites.folder();
    await WAYS[way]!(box, site);
    await using server = await serveFolders({ '': site, ...SERVED });
    const { error, names } = await sites.outcome(`${server.address}/index.html`);
    expect(error).toBeUndefined();
    expect(names).toEqual(['tiny-faces/stable-diffusion', 'tiny-faces/deepfloyd-if', 'tiny-faces/paella']);
  });

  it('packages of another server draws the picture Node draws', { timeout: MINUTES }, async () => {
    const site = await sites.folder();
    await using others = await serveFolders({ '': site, ...SERVED });
    await publishPlain(app, site, others.address);
    await using server = await serveFolders({ '': site, model });
    for (const device of ['wasm', 'webgpu']) {
      expectPicture(await sites.outcome(`${server.address}/index.html?device=${device}`), expected);
    }
  });

  it('a policy that forbids WebAssembly tells so', { timeout: MINUTES }, async () => {
    const site = await sites.folder();
    await WAYS.esbuild!(app, site);
    const policy = { 'content-security-policy': "script-src 'self'" };
    await using server = await serveFolders({ '': site, model }, policy);
    const { error } = await sites.outcome(`${server.address}/index.html?device=wasm`);
    expect(error).toMatch(/^RUNTIME_UNAVAILABLE.*wasm-unsafe-eval/s);
  });

  it('no worker beside its script tells so', { timeout: MINUTES }, async () => {
    const site = await sites.folder();
    await WAYS.esbuild!(app, site);
    await rm(join(site, 'worker-wasm.js'));
    await using server = await serveFolders({ '': site, model });
    const { error } = await sites.outcome(`${server.address}/index.html?device=wasm`);
    expect(error).toMatch(/^RUNTIME_UNAVAILABLE.*worker/s);
  });
});
