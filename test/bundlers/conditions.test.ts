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
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: server.address, quotaSize: 0 });
      await tab.reload();
      expect(await tab.evaluate('navigator.storage.estimate()')).toMatchObject({ quota: 0 });
    });
    expectPicture(outcome, expected);
  });

  it.each(['wasm', 'webgpu'])(
    'that is hidden and frozen on %s goes on where it was',
    {
      timeout: MINUTES,
    },
    async (device) => {
      await using server = await serveFolders({ '': site, model });
      let before: unknown;
      const outcome = await sites.outcome(`${server.address}/index.html?device=${device}&steps=12`, async (tab) => {
        await tab.waitForFunction(() => (globalThis as { step?: number }).step! >= 1, undefined, { timeout: MINUTES });
        const devtools = await tab.context().newCDPSession(tab);
        await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
        await new Promise((resolve) => setTimeout(resolve, 1000));
        before = await tab.evaluate(() => (globalThis as { outcome?: unknown }).outcome);
        await devtools.send('Page.setWebLifecycleState', { state: 'active' });
      });
      expect(before).toBeUndefined();
      expectPicture(outcome, await drawnByNode(12));
    },
  );
});
