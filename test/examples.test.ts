import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../examples/node', import.meta.url));
const workplace = mkdtempSync(join(tmpdir(), 'sega-examples-'));
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

// The examples import the built packages by name, as their readers do.
describe('examples', () => {
  it.each(readdirSync(folder))('%s runs', (file) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], {
      cwd: workplace,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });

  it('steer.mjs leaves its picture', () => {
    expect(existsSync(join(workplace, 'queen.png'))).toBe(true);
  });
});
