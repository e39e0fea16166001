import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, drawnByNode, expectPicture, MINUTES, model, Sites } from './site.js';
import { serveFolders } from './static-server.js';
import { WAYS } from './ways.js';

let sites: Sites;
let expected: Uint8Array;
let site: string;
beforeAll(async () => {
  [sites, expected] = await Promise.all([Sites.open(), drawnByNode()]);
  site = await sites.folder();
  await WAYS.esbuild!(app, site);
}, MINUTES);
afterAll(() => sites[Symbol.asyncDispose]());

describe('a page', () => {
  it('that may not share memory draws on one thread', { timeout: MINUTES }, async () => {
    const alone = { 'cross-origin-opener-policy': 'unsafe-none', 'cross-origin-embedder-policy': 'unsafe-none' };
    await using server = await serveFolders({ '': site, model }, alone);
    const outcome = await sites.outcome(`${server.address}/index.html?device=wasm`, async (tab) => {
      expect(await tab.evaluate(() => typeof SharedArrayBuffer)).toBe('undefined');
    });
    expectPicture(outcome, expected);
    expect(outcome.threads).toBe(1);
  });

  it('without any room to store things draws as ever', { timeout: MINUTES }, async () => {
    await using server = await serveFolders({ '': site, model });
    const outcome = await sites.outcome(`${server.address}/index.html?device=wasm`, async (tab) => {
      const devtools = await tab.context().newCDPSession(tab);
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: server.address, quotaSize: 1 });
      await tab.reload();
      const storing = `caches.open('any')
        .then((cache) => cache.put('/any', new Response(new Uint8Array(2 ** 20))))
        .then(() => 'stored', (error) => error.name)`;
      expect(await tab.evaluate(storing)).toBe('QuotaExceededError');
    });
    expectPicture(outcome, expected);
  });

  it.each(['wasm', 'webgpu'])(
    'that is hidden and held up on %s goes on where it was',
    { timeout: MINUTES },
    async (device) => {
      await using server = await serveFolders({ '': site, model });
      const outcome = await sites.outcome(`${server.address}/index.html?device=${device}&steps=12`, async (tab) => {
        // Hidden tabs are drawn no frames, and their timers wait. Headless ones are never hidden.
        await tab.addInitScript(`
        globalThis.requestAnimationFrame = () => 0;
        const { setTimeout } = globalThis;
        globalThis.setTimeout = (call, delay = 0, ...given) => setTimeout(call, Math.max(delay, 60_000), ...given);
        Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        Object.defineProperty(document, 'hidden', { value: true });
        Object.defineProperty(globalThis, 'step', {
          set(step) {
            if (step === 2) debugger;
          },
        });
      `);
        const devtools = await tab.context().newCDPSession(tab);
        await devtools.send('Debugger.enable');
        const held = new Promise((resolve) => devtools.once('Debugger.paused', resolve));
        const loaded = tab.reload();
        await held;
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await devtools.send('Debugger.resume');
        await loaded;
      });
      expectPicture(outcome, await drawnByNode(12));
    },
  );
});
