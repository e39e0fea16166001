import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { main } from '../src/main.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process and catches what it prints. */
export async function sega(
  argv: readonly string[],
  { signal = new AbortController().signal, isTTY = false, onStderr = (_: string): void => undefined } = {},
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const stdout = { write: (text: string) => out.push(text) };
  const stderr = {
    isTTY,
    write: (text: string) => {
      err.push(text);
      onStderr(text);
    },
  };
  const code = await main(argv[0] === 'generate' && !argv.includes('--model') && !argv.includes('--from') ? [...argv, '--model', '/tmp/devbundle'] : argv, { stdout, stderr, signal });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

/** An empty folder that goes away with the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sega-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
