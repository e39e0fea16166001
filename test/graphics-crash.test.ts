import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../scripts/chromium.mjs';
import { SOURCES } from '../scripts/sources.mjs';

const MINUTES = 10 * 60_000;

// In a browser of its own: a crash takes the devices of all pages.
describe('a graphics process that crashes under a runtime in its worker', { timeout: MINUTES }, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let tab: Page;
  beforeAll(async () => {
    server = await createServer({
      root: fileURLToPath(new URL('..', import.meta.url)),
      configFile: false,
      logLevel: 'error',
      cacheDir: 'node_modules/.vite/crash-page',
      resolve: { alias: SOURCES },
      // ONNX Runtime finds its WebAssembly beside itself; what is found late would load the page anew.
      optimizeDeps: {
        entries: ['test/web/crash-page/index.html'],
        exclude: ['onnxruntime-web'],
        include: ['@sega/bundle > @huggingface/tokenizers', '@sega/deepfloyd-if > entities/decode'],
      },
      server: { port: 0, host: '127.0.0.1' },
    });
    await server.listen();
    const executablePath = findChromium();
    browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) });
    tab = await browser.newPage();
    await tab.goto(`${server.resolvedUrls!.local[0]}test/web/crash-page/index.html`);
    await tab.waitForFunction('globalThis.page', undefined, { timeout: MINUTES });
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it('is told as a lost device, and the model can be loaded again on the same runtime', async () => {
    expect(await tab.evaluate('page.load()')).toBe('loaded');
    const picture = await tab.evaluate('page.draw(2)');
    expect(picture).toMatch(/^\d+,/);
    const drawing = tab.evaluate('page.draw(500)');
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    expect(await drawing).toMatch(/^DEVICE_LOST: /);
    expect(await tab.evaluate('page.draw(2)')).toMatch(/^DEVICE_LOST: /);
    expect(await tab.evaluate('page.load()')).toBe('loaded');
    expect(await tab.evaluate('page.draw(2)')).toBe(picture);
  });
});
