import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openQueueDrawer } from '@sega/evaluation';
import { afterAll, describe, expect, it } from 'vitest';
import { end, startCable, startRedis } from './redis.js';
import { sega, temporaryFolder } from './run-main.js';

const bin = fileURLToPath(new URL('../bin/sega.mjs', import.meta.url));
const folder = temporaryFolder();
const TABLE = ['evaluate', 'attributes', '--images', '24', '--set', 'steps=3,warmup=0', '--only', 'smile,hat'];
const reportOf = (out: string): string => readFileSync(join(folder, out, 'attributes/report.json'), 'utf8');

const redis = await startRedis();
const cable = await startCable(redis.port);
const workers: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(workers.map((worker) => end(worker)));
  cable.stop();
  await redis.stop();
});

/** A worker process at a port, and what it prints. */
function startWorker(port: number): { readonly child: ChildProcess; readonly printed: () => string } {
  const address = `redis://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [bin, 'worker', '--queue', address, '--patience', '2'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  workers.push(child);
  let text = '';
  child.stderr.on('data', (data: Buffer) => {
    text += data.toString();
  });
  return { child, printed: () => text };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function pictures(out: string): number {
  try {
    return readdirSync(join(folder, out, 'pictures')).filter((name) => name.endsWith('.png')).length;
  } catch {
    return 0;
  }
}

/** A picture of a model that no worker here has. */
const TASK = {
  model: { source: 'stable-diffusion', family: 'stable-diffusion', name: 'other', version: '9', sha256: '0' },
  settings: { scale: 3, momentum: { scale: 0 }, concept: { scale: 6, threshold: 0.9 }, threads: 1 },
  unit: { job: { prompt: 'a face', seed: 0 }, images: 1 },
};

describe('sega evaluate --queue', { timeout: 300_000 }, () => {
  it('gives the report of a single process, though a worker is killed and the way to Redis is cut', async () => {
    const single = await sega([...TABLE, '--out', join(folder, 'single')]);
    expect(single.code).toBe(0);

    const evaluation = sega([...TABLE, '--out', join(folder, 'queue'), '--queue', `redis://127.0.0.1:${cable.port}`]);
    const doomed = startWorker(redis.port);
    await until(() => pictures('queue') > 0);
    // It takes the next task as soon as one is done, so it dies in the middle of one.
    await end(doomed.child, 'SIGKILL');
    const [cutOff, steady] = [startWorker(cable.port), startWorker(redis.port)];
    await until(() => /^[1-9]\d* done$/m.test(cutOff.printed()));
    cable.cut();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    cable.mend();
    const { code, stderr } = await evaluation;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(reportOf('queue')).toBe(reportOf('single'));
    expect(steady.printed()).toMatch(/^[1-9]\d* done$/m);

    await end(steady.child, 'SIGINT');
    expect(steady.child.exitCode).toBe(0);
  });

  it('passes on why a worker refuses, with its code', async () => {
    const worker = startWorker(redis.port);
    await using drawer = await openQueueDrawer(`redis://127.0.0.1:${redis.port}`);
    await expect(drawer.draw(TASK)).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      message: expect.stringMatching(/other files than the other 9 that is evaluated/),
    });
    await end(worker.child, 'SIGINT');
  });

  it('tells when Redis is gone for good', async () => {
    const own = await startRedis();
    await using drawer = await openQueueDrawer(`redis://127.0.0.1:${own.port}`, { patience: 1000 });
    const drawing = drawer.draw(TASK);
    const outcome = expect(drawing).rejects.toMatchObject({
      code: 'QUEUE_UNREACHABLE',
      message: expect.stringMatching(/cut for 1 s/),
    });
    await own.stop();
    await outcome;
  });
});
