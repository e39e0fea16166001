import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sega-'));
  await build({
    entryPoints: [path('../src/index.ts')],
    outfile: join(folder, 'index.mjs'),
    tsconfig: path('../../../tsconfig.json'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  await copyFile(path('../src/session-worker.mjs'), join(folder, 'session-worker.mjs'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program with a loaded graph whose `run(times)` takes about half a millisecond for each repetition. */
function program(body: string): Promise<{ code: number; output: string }> {
  const script = `
    import { nodeRuntime } from '${join(folder, 'index.mjs')}';
    const runtime = nodeRuntime({ threads: 1 });
    const graph = await runtime.loadGraph({ name: 'slow', location: '${path('fixtures/slow.onnx')}' });
    const x = { data: new Float32Array(65536), shape: [256, 256] };
    const run = (times) => graph.run({ times: { data: [times], shape: [] }, x }, runtime.createOps());
    ${body}`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', script],
      { env: { ...process.env, NODE_PATH: path('../node_modules') }, timeout: 30_000 },
      (error, stdout, stderr) => {
        const { code, signal } = (error ?? { code: 0 }) as { code?: number; signal?: string };
        resolve({ code: code ?? -1, output: `${stdout}${stderr}${signal ?? ''}` });
      },
    );
  });
}

describe('a process', () => {
  it('ends by itself with a runtime nobody disposed', async () => {
    expect(await program(`await run(1); console.log('done');`)).toEqual({ code: 0, output: 'done\n' });
  });

  it('ends by itself after disposal', async () => {
    expect(await program(`run(50); await runtime.dispose(); console.log('done');`)).toEqual({
      code: 0,
      output: 'done\n',
    });
  });

  it('stays alive for a run in flight', async () => {
    expect(await program(`run(200).then(() => console.log('done'));`)).toEqual({ code: 0, output: 'done\n' });
  });

  it('exits with its own code during a run', async () => {
    expect(await program(`run(400); run(400); setTimeout(() => process.exit(7), 50);`)).toEqual({
      code: 7,
      output: '',
    });
  });

  it('fails with its own error during a run', async () => {
    const { code, output } = await program(`run(400); setTimeout(() => { throw new Error('mine'); }, 50);`);
    expect(code).toBe(1);
    expect(output).toMatch('mine');
  });
});
