import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@sega/evaluation/files';
import { describe, expect, it } from 'vitest';
import { sega, temporaryFolder } from './run-main.js';

const folder = temporaryFolder();
const out = join(folder, 'out');
const file = join(folder, 'file');
writeFileSync(file, 'not a picture, not a recording');
mkdirSync(join(folder, 'folder.png'));
mkdirSync(join(folder, 'taken', '7.png'), { recursive: true });
const image = { width: 1, height: 1, data: new Uint8Array(3) };
const later = join(folder, 'later.png');
writeFileSync(later, encodePng(image, { sega: '{"format":2}' }));
const plain = join(folder, 'plain.png');
writeFileSync(plain, encodePng(image));
const forged = join(folder, 'forged.png');
const request = { format: 1, model: {}, concepts: [], prompt: 'a king', seed: 1, width: 64, height: 64, steps: 25 };
writeFileSync(forged, encodePng(image, { sega: JSON.stringify({ ...request, sampler: 'ddim', scale: 'large' }) }));

describe('bad input is refused with its code and exit 2', () => {
  it.each([
    ['OPTION_INVALID', ['--frobnicate'], /unknown option '--frobnicate'/],
    ['OPTION_INVALID', ['--sede', '1'], /Did you mean --seed\?/],
    ['OPTION_INVALID', ['surplus'], /too many arguments/],
    ['OPTION_INVALID', ['--seed'], /argument missing/],
    ['OPTION_INVALID', ['--toward', 'glasses@strength=3'], /strength=3/],
    ['OPTION_INVALID', ['--toward', 'glasses@threshold=1.5'], /threshold is 1\.5.*at least 0 and at most 1/],
    ['OPTION_INVALID', ['--toward', 'glasses@threshold=-0.1'], /at least 0/],
    ['OPTION_INVALID', ['--away', 'glasses@warmup=10,cooldown=5'], /cooldown 5 and warmup 10/],
    ['OPTION_INVALID', ['--away', 'glasses@warmup=1.5'], /whole number/],
    ['OPTION_INVALID', ['--toward', 'glasses@weight=-1'], /weight is -1/],
    ['OPTION_INVALID', ['--scale', 'NaN'], /--scale is "NaN"/],
    ['OPTION_INVALID', ['--scale', '1e999'], /--scale is Infinity/],
    ['OPTION_INVALID', ['--scale', 'big'], /must be a number/],
    ['OPTION_INVALID', ['--momentum', '0.3'], /no.*Add --toward or --away/],
    ['OPTION_INVALID', ['--momentum', '2', '--toward', 'glasses'], /--momentum is 2/],
    ['OPTION_INVALID', ['--compat', 'other'], /Allowed choices are diffusers/],
    ['OPTION_INVALID', ['--compat', 'diffusers'], /Add --toward or --away/],
    ['OPTION_INVALID', ['--record', join(folder, 'x')], /Add --toward or --away/],
    ['OPTION_INVALID', ['--safety', 'very'], /weak, medium, strong, max/],
    ['OPTION_INVALID', ['--safety', fileURLToPath(import.meta.url)], /bad-input.*no JSON/],
    ['OPTION_INVALID', ['--safety-method', 'semantic'], /--safety-method changes a safety preset.*Add --safety weak/],
    ['OPTION_INVALID', ['--safety-concepts', 'hate'], /--safety-concepts changes a safety preset/],
    ['OPTION_INVALID', ['--safety', 'max', '--safety-concepts', 'hate||theft'], /between \|.*self-harm/],
    ['OPTION_INVALID', ['--safety', 'max', '--safety-method', 'magic'], /safe-latent, semantic/],
    ['OPTION_INVALID', ['--fair', 'female'], /it needs two or more/],
    ['OPTION_INVALID', ['--fair', 'female|female'], /"female" twice/],
    ['PROMPT_EMPTY', ['--fair', 'female|'], /is empty/],
    ['OPTION_INVALID', ['--fair', 'female|male@proportions=1'], /one for each of the 2 attributes/],
    ['OPTION_INVALID', ['--fair', 'female|male@proportions=1:x'], /must be a number/],
    ['OPTION_INVALID', ['--fair', 'female|male@proportions=1:2,proportions=1:3'], /twice/],
    ['OPTION_INVALID', ['--fair', 'female|male@strength=3'], /strength=3.*proportions=1:3/],
    ['OPTION_INVALID', ['--fair', 'female|male@warmup=5,cooldown=4'], /cool-down/],
    ['SEED_INVALID', ['--fair', 'female|male@seed=-1'], /whole number/],
    ['OPTION_INVALID', ['--check', 'hide'], /flag, blur, refuse/],
    ['UNSUPPORTED', ['--check', 'blur'], /comes without one/],
    ['OPTION_INVALID', ['--rescale', '2'], /--rescale is 2/],
    ['OPTION_INVALID', ['--images', '0'], /--images is 0/],
    ['OPTION_INVALID', ['--images', '2', '--out', join(folder, 'one.png')], /names one file but 2 pictures/],
    ['STEPS_INVALID', ['--steps', '0'], /--steps is 0/],
    ['STEPS_INVALID', ['--steps', '1000000'], /at most 1000/],
    ['STEPS_INVALID', ['--steps', '2.5'], /whole number/],
    ['SEED_INVALID', ['--seed', '9007199254740993'], /at most 9007199254740991/],
    ['SEED_INVALID', ['--seed', '-1'], /at least 0/],
    ['SEED_INVALID', ['--seed', '9007199254740991', '--images', '2'], /at most 9007199254740990/],
    ['SIZE_UNSUPPORTED', ['--width', '0'], /--width is 0/],
    ['OUTPUT_UNWRITABLE', ['--out', join(file, 'below')], /cannot be written/],
    ['OUTPUT_UNWRITABLE', ['--out', '/proc/nowhere'], /cannot be written/],
    ['OUTPUT_UNWRITABLE', ['--out', join(folder, 'taken'), '--seed', '7'], /a folder has that name/],
    ['OUTPUT_UNWRITABLE', ['--toward', 'glasses', '--record', join(file, 'trace')], /cannot be written/],
    ['TRACE_INVALID', ['--replay', file], /not a trace/],
    ['TRACE_INVALID', ['--replay', join(folder, 'absent')], /no such file/],
    ['OPTION_INVALID', ['--from', file], /signature/],
    ['OPTION_INVALID', ['--from', join(folder, 'absent')], /no such file/],
    ['OPTION_INVALID', ['--from', plain], /no "sega" text/],
    ['OPTION_INVALID', ['--from', later], /format is 2/],
    ['OPTION_INVALID', ['--from', forged], /--scale is large/],
    ['MODEL_UNKNOWN', ['--model', 'imaginary'], /neither stable-diffusion nor deepfloyd-if nor paella nor a folder/],
    ['OPTION_INVALID', ['--model', ''], /--model is ""/],
  ])('%s: %s', async (code, extra, message) => {
    const outcome = await sega(['generate', 'a portrait of a king', '--out', out, ...extra]);
    expect(outcome).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^error ${code}: `)) });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trimEnd()).not.toContain('\n');
    expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each([[[]], [['']], [['   ']]])('PROMPT_EMPTY: %j', async (prompt) => {
    const { code, stderr } = await sega(['generate', ...prompt, '--out', out]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error PROMPT_EMPTY: /)]);
  });

  it('an unknown command is a usage error', async () => {
    const { code, stderr } = await sega(['paint', 'a king']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error OPTION_INVALID: /)]);
  });

  it('--json makes the error one JSON object on stderr', async () => {
    const { code, stdout, stderr } = await sega(['generate', 'a king', '--steps', '0', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'STEPS_INVALID', message: expect.any(String), details: expect.objectContaining({ value: 0 }) },
    });
  });

  it('--debug adds the stack trace', async () => {
    const { stderr } = await sega(['generate', 'a king', '--steps', '0', '--debug']);
    expect(stderr).toMatch(/^error STEPS_INVALID: .*\n.*\n\s+at /);
  });

  it('nothing is left behind', () => {
    expect(readdirSync(folder).sort()).toEqual([
      'file',
      'folder.png',
      'forged.png',
      'later.png',
      'out',
      'plain.png',
      'taken',
    ]);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('help', () => {
  it.each([[[]], [['--help']], [['generate', '--help']], [['show', '--help']]])(
    '%j prints usage and exits 0',
    async (argv) => {
      const { code, stdout, stderr } = await sega(argv);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: sega/);
    },
  );

  it('--version prints the version of the package', async () => {
    expect(await sega(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });
});
