import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { GenerateReport } from '../src/index.js';
import { describeSetting, parseByStage, parseStages, parseSteps } from '../src/stage-option.js';
import { sega, temporaryFolder } from './run-main.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const MODEL = fileURLToPath(new URL('../../../adapters/deepfloyd-if/test/fixtures/random-cascade', import.meta.url));
const KING = ['generate', 'a king', '--model', MODEL];

async function report(argv: readonly string[]): Promise<GenerateReport> {
  const { code, stdout, stderr } = await sega([...argv, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as GenerateReport;
}

describe('sega generate with a cascade', () => {
  it('steers the first stage, or those named, with steps and scale by stage; --from repeats it byte for byte', async () => {
    const { steps, sampler, evaluations, images } = await report([
      ...[...KING, '--out', at('king.png'), '--seed', '4', '--toward', 'crown@warmup=0', '--negative', 'hat'],
      ...['--steps', 'I=2,II=2,III=1', '--scale', 'I=5,II=2', '--stages', 'I,II', '--sampler', 'III=ddim'],
    ]);
    expect(images).toEqual([{ path: at('king.png'), seed: 4, width: 128, height: 128 }]);
    expect(steps).toEqual({ I: 2, II: 2, III: 1 });
    expect(sampler).toEqual({ I: 'ddpm', II: 'ddpm', III: 'ddim' });
    const steered = { 'negative:hat': 2, prompt: 2, 'concept:crown': 2 };
    expect(evaluations).toEqual({ I: steered, II: steered, III: { 'negative:hat': 1, prompt: 1 } });
    await report(['generate', '--from', at('king.png'), '--out', at('again.png')]);
    expect(readFileSync(at('again.png')).equals(readFileSync(at('king.png')))).toBe(true);
    const { stdout } = await sega(['show', at('king.png')]);
    expect(stdout).toContain('scale I 5, II 2, III 9; toward "crown"');
    expect(stdout).toContain('in stage I and II');
    expect(stdout).toContain('I ddpm, II ddpm, III ddim; steps I 2, II 2, III 1');
  });

  it('writes the pictures of earlier stages when asked', async () => {
    const { images } = await report([...KING, '--out', at('all'), '--steps', '1', '--seed', '2', '--stage-images']);
    expect(images).toEqual([
      { path: at('all/2-I.png'), seed: 2, width: 16, height: 16, stage: 'I' },
      { path: at('all/2-II.png'), seed: 2, width: 32, height: 32, stage: 'II' },
      { path: at('all/2.png'), seed: 2, width: 128, height: 128 },
    ]);
    for (const { path } of images) expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG');
  });

  it('takes one scale for the steered stages and one number of steps for all', async () => {
    const { evaluations } = await report([...KING, '--out', at('plain.png'), '--steps', '1', '--scale', '1']);
    expect(evaluations).toEqual({
      I: { prompt: 1 },
      II: { unconditional: 1, prompt: 1 },
      III: { unconditional: 1, prompt: 1 },
    });
  });

  it('records a stage and replays it there', async () => {
    const steps = ['--steps', 'I=1,II=2,III=1', '--seed', '9'];
    const concept = ['--toward', 'crown@warmup=0', '--stages', 'II'];
    await report([...KING, ...steps, ...concept, '--record', at('trace'), '--out', at('steered.png')]);
    const { evaluations } = await report([...KING, ...steps, '--replay', at('trace'), '--out', at('replayed.png')]);
    expect(Object.keys(evaluations.II!)).toEqual(['unconditional', 'prompt']);
  });

  it.each([
    ['STAGE_UNKNOWN', ['--stages', 'IV'], /--stages names the stage "IV"; this model has I, II, III/],
    ['STAGE_UNKNOWN', ['--steps', 'IV=3'], /--steps names the stage "IV"/],
    ['STAGE_UNKNOWN', ['--scale', 'base=3'], /--scale names the stage "base"/],
    ['STEPS_INVALID', ['--steps', 'slow27'], /slow27.*fast27, smart27/],
    ['STEPS_INVALID', ['--steps', 'I=0'], /--steps I is 0/],
    ['SAMPLER_UNKNOWN', ['--sampler', 'II=guess'], /guess/],
    ['OPTION_INVALID', ['--stages', 'I,,II'], /must name stages, each once/],
    ['OPTION_INVALID', ['--scale', 'I=big'], /--scale I is "big"/],
    ['OPTION_INVALID', ['--scale', 'I=1,I=2'], /has "I=2" where one stage/],
    [
      'OPTION_INVALID',
      ['--stages', 'I,II', '--toward', 'x', '--record', at('two')],
      /keeps the directions of one stage/,
    ],
  ])('refuses %s: %j', async (code, options, message) => {
    const outcome = await sega([...KING, '--out', at('never.png'), ...options]);
    expect(outcome).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(`error ${code}: `) });
    expect(outcome.stderr).toMatch(message);
  });
});

describe('options by stage', () => {
  it('are one value, or one for each stage named', () => {
    expect(parseByStage('--steps', 'smart27', parseSteps)).toBe('smart27');
    expect(parseByStage('--steps', 'I=smart50, II=27', parseSteps)).toEqual({ I: 'smart50', II: 27 });
    expect(() => parseByStage('--steps', 'I=', parseSteps)).toThrow('has "I=" where one stage');
    expect(() => parseSteps('--steps', 'NaN')).toThrow('--steps is "NaN"');
    expect(parseStages('I, II')).toEqual(['I', 'II']);
  });

  it('are told in words', () => {
    expect(describeSetting(7)).toBe('7');
    expect(describeSetting({ I: 'smart27', II: [999, 0] })).toBe('I smart27, II 2 listed');
  });
});
