import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type DrawTask, ProcessDrawer } from '../src/index.js';

const script = fileURLToPath(new URL('./fixtures/worker.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sega-processes-'));
const drawer = new ProcessDrawer(2, script);
afterAll(async () => {
  await drawer[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function task(prompt: string, seed = 5): DrawTask {
  return {
    model: { source: 'm', family: 'm', name: 'm', version: '1', sha256: '0' },
    settings: { scale: 3, momentum: { scale: 0 }, concept: { scale: 6, threshold: 0.9 }, threads: 1 },
    unit: { job: { prompt, seed }, images: 2 },
  };
}

describe('ProcessDrawer', () => {
  it('draws in several processes at once, each task its own pictures', async () => {
    const results = await Promise.all([1, 20, 30, 40].map((seed) => drawer.draw(task('draw', seed))));
    expect(results.map((images) => images.map(({ data }) => data[0]))).toEqual([
      [1, 2],
      [20, 21],
      [30, 31],
      [40, 41],
    ]);
  });

  it('draws the task of a process that died again in another', async () => {
    const images = await drawer.draw(task(`die once:${join(folder, 'died')}`));
    expect(images.map(({ data }) => data[0])).toEqual([5, 6]);
  });

  it('gives a task up over which processes die again and again', async () => {
    await expect(drawer.draw(task('die'))).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(/^3 processes ended \(SIGKILL\) while drawing "die", seed 5/),
    });
  });

  it('passes errors on with their codes', async () => {
    const failure = { code: 'NOT_FINITE', message: 'seed 7 is out of luck', details: { seed: 7 } };
    await expect(drawer.draw(task('fail'))).rejects.toMatchObject(failure);
    await expect(drawer.draw(task('break'))).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(/no idea/),
    });
  });

  it('stops a task when told to, and goes on with the next', async () => {
    const controller = new AbortController();
    const waiting = drawer.draw(task('wait'), controller.signal);
    setTimeout(() => controller.abort(), 300);
    await expect(waiting).rejects.toMatchObject({ code: 'WORKER_FAILED', message: expect.stringMatching(/aborted/) });
    expect(await drawer.draw(task('draw'))).toHaveLength(2);
  });

  it('refuses a number of processes that is none', () => {
    expect(() => new ProcessDrawer(0, script)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
