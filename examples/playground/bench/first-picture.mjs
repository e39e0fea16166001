// How long a visitor waits: the built playground, opened in a headless Chromium that has never seen it and has no WebGPU, from the first byte on.
//
//   npm run bench:playground           three visits, with and without threads, and another face in the same page beside each
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../../scripts/chromium.mjs';

const VISITS = 3;

const root = fileURLToPath(new URL('..', import.meta.url));
const out = await mkdtemp(join(tmpdir(), 'sega-playground-'));
const site = { root, logLevel: 'error', build: { outDir: out, emptyOutDir: true } };
await build(site);

/** Notes, in the page, when it first shows each. */
function watch() {
  globalThis.seen = {};
  addEventListener('DOMContentLoaded', () => {
    const look = () => {
      const words = document.querySelector('.status p')?.textContent ?? '';
      const [before] = document.querySelectorAll('.frame canvas');
      const note = (name, isSeen) => {
        if (isSeen) globalThis.seen[name] ??= performance.now();
      };
      note('ready', /^Drawing/.test(words));
      note('preview', before?.className === 'preview');
      note('first', before && globalThis.seen.preview && before.className !== 'preview');
      note('edited', / evaluations on /.test(words));
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  });
}

const drawn = async (page) => {
  for (;;) {
    const seen = await page.evaluate(() => globalThis.seen);
    if (seen.edited) return seen;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};

async function visit(address) {
  const executablePath = findChromium();
  const browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(watch);
    // A visitor's browser runs already; to start takes its own seconds of both cores.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await page.goto(`${address}?device=wasm`);
    const first = await drawn(page);
    // What is drawn beside the picture comes to an end.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const start = await page.evaluate(() => {
      globalThis.seen = {};
      [...document.querySelectorAll('.status button')].at(-1).click();
      return performance.now();
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const again = await drawn(page);
    return { ...first, againFirst: again.first - start, againEdited: again.edited - start };
  } finally {
    await browser.close();
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const COLUMNS = {
  ready: 'ready',
  preview: 'first preview',
  first: 'first picture',
  edited: 'edited',
  againFirst: 'another face',
  againEdited: 'edited',
};

try {
  console.log(`Seconds from the start, medians of ${VISITS}; load ${loadavg()[0].toFixed(1)}`);
  console.log(
    `${''.padEnd(18)}${Object.values(COLUMNS)
      .map((name) => name.padStart(15))
      .join('')}`,
  );
  for (const [name, opener, embedder] of [
    ['isolated, threads', 'same-origin', 'require-corp'],
    ['one thread', 'unsafe-none', 'unsafe-none'],
  ]) {
    const headers = { 'Cross-Origin-Opener-Policy': opener, 'Cross-Origin-Embedder-Policy': embedder };
    const server = await preview({ ...site, preview: { port: 0, host: '127.0.0.1', headers } });
    try {
      const visits = [];
      for (let i = 0; i < VISITS; i++) visits.push(await visit(server.resolvedUrls.local[0]));
      const row = Object.keys(COLUMNS).map((key) =>
        (median(visits.map((seen) => seen[key])) / 1000).toFixed(1).padStart(15),
      );
      console.log(`${name.padEnd(18)}${row.join('')}`);
    } finally {
      await server.close();
    }
  }
} finally {
  await rm(out, { recursive: true });
}
