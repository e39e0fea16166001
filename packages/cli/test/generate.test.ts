import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng } from '@sega/evaluation/files';
import { describe, expect, it } from 'vitest';
import type { GenerateReport } from '../src/index.js';
import { sega, temporaryFolder } from './run-main.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const bytes = (name: string): Buffer => readFileSync(at(name));
const KING = ['generate', 'a portrait of a king', '--steps', '4'];

async function report(argv: readonly string[]): Promise<GenerateReport> {
  const { code, stdout, stderr } = await sega([...argv, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as GenerateReport;
}

describe('sega generate', () => {
  it('prints one JSON object and writes the pictures it names', async () => {
    const { images, milliseconds, ...rest } = await report([
      ...[...KING, '--seed', '21', '--images', '2', '--out', at('two')],
      ...['--away', 'male@warmup=1', '--toward', 'female@warmup=2,cooldown=3'],
    ]);
    expect(images).toEqual([21, 22].map((seed) => ({ path: at(`two/${seed}.png`), seed, width: 64, height: 64 })));
    expect(rest).toEqual({
      model: {
        source: 'stable-diffusion',
        family: 'stable-diffusion',
        name: 'tiny-faces/stable-diffusion',
        version: expect.any(String),
      },
      sampler: 'ddim',
      steps: 4,
      evaluations: { base: { unconditional: 8, prompt: 8, 'concept:male': 6, 'concept:female': 2 } },
      warnings: [],
    });
    expect(Object.keys(milliseconds)).toEqual(['load', 'encode', 'denoise', 'session', 'decode', 'total']);
    expect(milliseconds.total).toBeGreaterThan(milliseconds.load + milliseconds.denoise);
    expect(milliseconds.denoise).toBeGreaterThan(milliseconds.session);
    expect(readdirSync(at('two')).sort()).toEqual(['21.png', '22.png']);
  });

  it('says what it did in words, without control codes when it is no terminal', async () => {
    const { code, stdout, stderr } = await sega([...KING, '--steps', '1', '--out', at('words.png')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/words\.png {2}seed 0, 64 × 64\n/);
    expect(stdout).toMatch(/base: 2 evaluations \(unconditional 1, prompt 1\)/);
  });

  it('shows progress on a terminal and clears it', async () => {
    const { stderr } = await sega([...KING, '--out', at('tty.png'), '--seed', '3'], { isTTY: true });
    expect(stderr).toContain('seed 3');
    expect(stderr).toContain('4/4 steps');
    expect(stderr.endsWith('\r\x1b[2K')).toBe(true);
  });

  it('--from repeats a picture byte for byte, also from the middle of a batch', async () => {
    await report([
      ...[
        'generate',
        'a portrait of a queen, 女王',
        '--steps',
        '3',
        '--images',
        '10',
        '--seed',
        '40',
        '--out',
        at('batch'),
      ],
      ...['--toward', 'smiling, smile@scale=5', '--momentum', '0.3,beta=0.6', '--negative', 'hat', '--rescale', '0.5'],
    ]);
    for (const seed of [44, 49]) {
      await report(['generate', '--from', at(`batch/${seed}.png`), '--out', at('again.png')]);
      expect(bytes('again.png').equals(bytes(`batch/${seed}.png`))).toBe(true);
    }
  });

  it('--from takes other options as replacements', async () => {
    await report([...KING, '--seed', '5', '--toward', 'glasses', '--out', at('five.png')]);
    await report([...KING, '--seed', '6', '--toward', 'glasses', '--out', at('six.png')]);
    await report(['generate', '--from', at('five.png'), '--seed', '6', '--out', at('other.png')]);
    expect(bytes('other.png').equals(bytes('six.png'))).toBe(true);
  });

  it('a recording replayed on the same seed gives the same picture without the concept', async () => {
    const concept = ['--toward', 'glasses@warmup=1'];
    await report([
      ...KING,
      '--images',
      '9',
      ...concept,
      '--out',
      at('recorded'),
      '--record',
      at('glasses.safetensors'),
    ]);
    const { evaluations } = await report([
      ...KING,
      '--seed',
      '8',
      '--replay',
      at('glasses.safetensors'),
      '--out',
      at('8.png'),
    ]);
    expect(Object.keys(evaluations.base!)).toEqual(['unconditional', 'prompt']);
    expect(decodePng(bytes('8.png')).image).toEqual(decodePng(bytes('recorded/8.png')).image);
    await report(['generate', '--from', at('8.png'), '--out', at('8-again.png')]);
    expect(bytes('8-again.png').equals(bytes('8.png'))).toBe(true);
  });

  it('a replay with other steps is a TRACE_MISMATCH', async () => {
    const argv = [
      'generate',
      'a king',
      '--steps',
      '3',
      '--replay',
      at('glasses.safetensors'),
      '--out',
      at('mismatch.png'),
    ];
    const { code, stderr } = await sega(argv);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error TRACE_MISMATCH: /)]);
    expect(existsSync(at('mismatch.png'))).toBe(false);
  });

  it('an unknown sampler is refused with the known ones', async () => {
    const { code, stderr } = await sega([...KING, '--sampler', 'magic', '--out', at('magic.png')]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error SAMPLER_UNKNOWN: .*ddim/)]);
  });

  it('a model may be a folder or a package; a broken one is a failure', async () => {
    const bundle = new URL('../../tiny-faces/bundle/stable-diffusion', import.meta.url).pathname;
    const { model } = await report([...KING, '--steps', '1', '--model', bundle, '--out', at('folder.png')]);
    expect(model.source).toBe(bundle);
    writeFileSync(at('bundle.json'), '{"schema":"sega-bundle/1"}');
    const { code, stderr } = await sega([...KING, '--model', folder, '--out', at('broken.png')]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error BUNDLE_INVALID: /)]);
  });

  it('samplers, presets, compatibility and scales draw, and repeat from the picture', async () => {
    const cases = [
      ['--sampler', 'pndm', '--safety', 'max'],
      ['--sampler', 'euler', '--away', 'male', '--compat', 'diffusers'],
      ['--toward', 'female', '--compat', 'diffusers', '--momentum', '0'],
      ['--sampler', 'dpm++', '--scale', '1', '--images', '3'],
      ['--scale', '0', '--width', '96'],
    ];
    for (const [i, options] of cases.entries()) {
      await report([...KING, ...options, '--seed', '9', '--out', at(`case${i}`)]);
      await report(['generate', '--from', at(`case${i}/9.png`), '--out', at('repeated.png')]);
      expect(bytes('repeated.png').equals(bytes(`case${i}/9.png`))).toBe(true);
    }
  });

  it('an abort stops between two steps, exits 130 and leaves no half-written file', async () => {
    const controller = new AbortController();
    const onStderr = (text: string): void => {
      if (text.includes(' 3/')) controller.abort();
    };
    const { code, stdout, stderr } = await sega(['generate', 'a king', '--steps', '50', '--out', at('stopped')], {
      signal: controller.signal,
      isTTY: true,
      onStderr,
    });
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/error ABORTED: /);
    expect(stderr).not.toContain(' 5/50');
    expect(readdirSync(at('stopped'))).toEqual([]);
  });
});

describe('sega show', () => {
  it('prints what a picture was drawn with', async () => {
    await report([
      ...[...KING, '--seed', '21', '--out', at('shown.png'), '--negative', 'ein Bärtiger, 髭'],
      ...['--away', 'male@scale=4,warmup=1,cooldown=3', '--momentum', '0.3'],
    ]);
    const { code, stdout } = await sega(['show', at('shown.png')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^prompt +a portrait of a king\n/);
    expect(stdout).toMatch(/away from "male" \(scale 4, threshold [\d.]+, warmup 1, cooldown 3, weight 1\)/);
    expect(stdout).toMatch(/momentum 0\.3 \(beta 0\.4\); negative "ein Bärtiger, 髭"/);
    expect(stdout).toMatch(/seed +21\n/);
  });

  it('--json prints the whole request', async () => {
    const { stdout } = await sega(['show', at('shown.png'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      prompt: 'a portrait of a king',
      seed: 21,
      steps: 4,
      sampler: 'ddim',
      momentum: { scale: 0.3, beta: 0.4 },
      concepts: [{ direction: 'away', text: 'male', scale: 4, warmup: 1, cooldown: 3, weight: 1 }],
    });
  });

  it('a file without a request is refused', async () => {
    const { code, stderr } = await sega(['show', at('glasses.safetensors')]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error OPTION_INVALID: /)]);
  });
});
