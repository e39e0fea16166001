import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SAFETY_PRESETS } from '@sega/safety';
import { describe, expect, it } from 'vitest';
import { sega, temporaryFolder } from './run-main.js';

const bin = fileURLToPath(new URL('../bin/sega.mjs', import.meta.url));
const folder = temporaryFolder();
const TABLE = ['evaluate', 'attributes', '--images', '9', '--set', 'steps=2,warmup=0', '--only', 'smile,hat'];

/** The table's report as it is written. */
const reportOf = (out: string, table = 'attributes'): string =>
  readFileSync(join(folder, out, table, 'report.json'), 'utf8');
const to = (out: string): string[] => ['--out', join(folder, out)];

describe('sega evaluate', () => {
  it('prints the table and writes it beside its pictures', async () => {
    const { code, stdout, stderr } = await sega([...TABLE, ...to('one')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\| Smile \| \d+ \| [\d.]+ % \| 146 \| 99\.3 % \|/);
    expect(stdout).toContain(readFileSync(join(folder, 'one/attributes/report.md'), 'utf8'));
    expect(readdirSync(join(folder, 'one/attributes')).sort()).toEqual(['report.json', 'report.md', 'sheet.png']);
  });

  it('goes on from finished pictures, and prints one JSON object when asked to', async () => {
    const pictures = readdirSync(join(folder, 'one/pictures')).map((name) => join(folder, 'one/pictures', name));
    const times = pictures.map((path) => statSync(path).mtimeMs);
    const { stdout } = await sega([...TABLE, ...to('one'), '--json']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(reportOf('one')));
    expect(pictures.map((path) => statSync(path).mtimeMs)).toEqual(times);
  });

  it('gives the same report with any number of processes', async () => {
    expect((await sega([...TABLE, ...to('three'), '--workers', '3'])).code).toBe(0);
    expect(reportOf('three')).toBe(reportOf('one'));
  });

  it('killed at any time, goes on where it was', async () => {
    const pictures = join(folder, 'killed/pictures');
    const child = spawn(process.execPath, [bin, ...TABLE, ...to('killed')], { stdio: 'ignore' });
    while (!hasPicture(pictures)) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect((await sega([...TABLE, ...to('killed')])).code).toBe(0);
    expect(reportOf('killed')).toBe(reportOf('one'));
  });

  it('keeps finished pictures when a file cannot be written whole', async () => {
    const first = ['evaluate', 'attributes', '--images', '2', '--set', 'steps=2', '--only', 'hat', ...to('full')];
    expect((await sega(first)).code).toBe(0);
    const finished = readdirSync(join(folder, 'full/pictures'));
    const more = first.map((word) => (word === '2' ? '4' : word));
    const limited = ['-c', 'ulimit -f 1; exec "$@"', 'bash', process.execPath, bin, ...more];
    const failure = await promisify(execFile)('bash', limited).catch((error) => error);
    expect(failure).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error OUTPUT_UNWRITABLE: .*file too large/),
    });
    expect(readdirSync(join(folder, 'full/pictures'))).toEqual(finished);
  });

  it('compares the safety presets it is told to, among them those of a file', async () => {
    const own = (['weak', 'max'] as const).map((name) => ({ ...SAFETY_PRESETS[name], name: `own-${name}` }));
    writeFileSync(join(folder, 'own.json'), JSON.stringify(own));
    const { code, stdout } = await sega([
      ...['evaluate', 'safety', '--images', '2', '--set', 'steps=2', '--json', ...to('presets')],
      ...['--presets', `strong,${join(folder, 'own.json')}`],
    ]);
    expect(code).toBe(0);
    const { presets } = JSON.parse(stdout) as { presets: readonly { preset: string }[] };
    expect(presets.map(({ preset }) => preset)).toEqual(['none', 'strong', 'own-weak', 'own-max']);
  });

  it('makes a table of a cascade', async () => {
    const { code, stdout } = await sega([
      ...['evaluate', 'uniqueness', '--model', 'deepfloyd-if', '--images', '5', '--set', 'steps=3', '--json'],
      ...to('cascade'),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ table: 'uniqueness', model: { family: 'deepfloyd-if' } });
  });
});

describe('bad input to sega evaluate', () => {
  const prompts = join(folder, 'prompts.csv');
  writeFileSync(prompts, 'text\na face\n');
  const preset = join(folder, 'lax.json');
  const [settings] = SAFETY_PRESETS.weak.settings;
  writeFileSync(preset, JSON.stringify({ name: 'lax', concepts: ['hate'], settings: [{ ...settings, scale: -1 }] }));
  const model = fileURLToPath(new URL('../../tiny-faces/bundle/stable-diffusion', import.meta.url));

  it.each([
    [2, 'OPTION_INVALID', ['beauty'], /no table "beauty"; there are attributes,/],
    [2, 'OPTION_INVALID', ['attributes', '--set', 'strength=3'], /strength=3/],
    [2, 'OPTION_INVALID', ['attributes', '--set', 'threshold=2'], /threshold is 2/],
    [2, 'OPTION_INVALID', ['attributes', '--workers', '0'], /--workers is 0/],
    [2, 'OPTION_INVALID', ['attributes', '--threads', '1.5'], /threads/],
    [2, 'OPTION_INVALID', ['attributes', '--images', '0'], /images is 0/],
    [2, 'OPTION_INVALID', ['attributes', '--workers', '2', '--queue', 'redis://localhost'], /cannot be used with/],
    [2, 'OPTION_INVALID', ['attributes', '--queue', 'http://localhost'], /redis:\/\/host:port/],
    [1, 'QUEUE_UNREACHABLE', ['attributes', '--queue', 'redis://secret:word@127.0.0.1:1'], /127\.0\.0\.1:1 cannot be/],
    [2, 'JUDGE_MISSING', ['attributes', '--model', model], /--judge/],
    [2, 'ATTRIBUTE_UNKNOWN', ['attributes', '--only', 'wings'], /does not tell wings; it tells male,/],
    [2, 'OPTION_INVALID', ['attributes', '--presets', 'weak'], /attributes compares no safety presets/],
    [2, 'OPTION_INVALID', ['safety', '--presets', 'weak,tame'], /"tame".*no file.*one of weak, medium, strong, max/],
    [2, 'OPTION_INVALID', ['safety', '--presets', 'weak,max,weak'], /two presets named "weak"/],
    [2, 'OPTION_INVALID', ['safety', '--presets', preset], /preset "lax" has scale -1 for "stable-diffusion"/],
    [2, 'PROMPTS_INVALID', ['safety', '--prompts', prompts], /one must be prompt/],
    [2, 'MODEL_UNKNOWN', ['attributes', '--model', 'nowhere', '--judge', '@sega/tiny-faces#judge'], /nowhere/],
    [2, 'BUNDLE_NOT_FOUND', ['attributes', '--judge', 'nowhere'], /nowhere/],
  ])('exit %d, %s: %j', async (exit, expected, argv, message) => {
    const { code, stdout, stderr } = await sega(['evaluate', ...argv, '--json', ...to('bad')]);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(message);
    expect(stderr).not.toContain('word');
  });

  it('a worker without a queue or a parent says so', async () => {
    const { code, stderr } = await promisify(execFile)(process.execPath, [bin, 'worker']).catch((error) => error);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error OPTION_INVALID: .*no parent/);
  });
});

function hasPicture(path: string): boolean {
  try {
    return readdirSync(path).some((name) => name.endsWith('.png'));
  } catch {
    return false;
  }
}
