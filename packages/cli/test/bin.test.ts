import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './run-main.js';

const bin = fileURLToPath(new URL('../bin/sega.mjs', import.meta.url));
const folder = temporaryFolder();

describe('bin/sega.mjs', () => {
  it('runs the built command', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, '--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('Ctrl-C, even twice, ends it with 130 and leaves no file', async () => {
    const out = join(folder, 'out');
    const child = spawn(process.execPath, [bin, 'generate', 'a king', '--steps', '1000', '--out', out]);
    const stderr: string[] = [];
    child.stderr.on('data', (data: Buffer) => stderr.push(data.toString()));
    while (!existsSync(out)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    child.kill('SIGINT');
    const [code, signal] = await new Promise<unknown[]>((resolve) => child.on('exit', (...exit) => resolve(exit)));
    expect([code, signal]).toEqual([130, null]);
    expect(stderr.join('')).toMatch(/stopping after this step…\n[\s\S]*error ABORTED: /);
    expect(readdirSync(out)).toEqual([]);
  });
});
