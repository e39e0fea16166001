import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sega, temporaryFolder } from './run-main.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const MODEL = fileURLToPath(new URL('../../../adapters/paella/test/fixtures/random-paella', import.meta.url));
const pixels = (png: Buffer): string => png.toString('latin1', png.indexOf('IDAT'));
const EDIT = ['generate', 'a king', '--model', MODEL, '--toward', 'crown@warmup=1', '--scale', '2', '--steps', '4'];

describe('sega generate with a model of tokens', () => {
  it('records the mask asked for; --from repeats the picture byte for byte', async () => {
    const { code, stdout } = await sega([...EDIT, '--mask', 'joint', '--out', at('king.png'), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sampler: 'categorical',
      evaluations: { base: { unconditional: 4, prompt: 4, 'concept:crown': 3 } },
    });
    expect((await sega(['show', at('king.png')])).stdout).toContain('mask joint');
    expect((await sega(['generate', '--from', at('king.png'), '--out', at('again.png')])).code).toBe(0);
    expect(readFileSync(at('again.png')).equals(readFileSync(at('king.png')))).toBe(true);
  });

  it('draws another picture under another mask, and keeps whole tokens by default', async () => {
    const draw = async (name: string, ...options: string[]): Promise<Buffer> => {
      expect((await sega([...EDIT, '--out', at(name), ...options])).code).toBe(0);
      return readFileSync(at(name));
    };
    const request = '"mask":"token"';
    const usual = await draw('usual.png');
    const token = await draw('token.png', '--mask', 'token');
    expect(usual.toString('latin1')).not.toContain(request);
    expect(token.toString('latin1')).toContain(request);
    expect(pixels(usual)).toBe(pixels(token));
    expect(pixels(await draw('none.png', '--mask', 'none'))).not.toBe(pixels(token));
  });

  it("takes the model's momentum unless another is asked for; --from repeats both", async () => {
    const moved = at('moved');
    cpSync(MODEL, moved, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(moved, 'bundle.json'), 'utf8'));
    manifest.defaults.momentum = { scale: 0.3, beta: 0.6 };
    writeFileSync(join(moved, 'bundle.json'), JSON.stringify(manifest));
    const edit = [...EDIT.slice(0, 2), '--model', moved, ...EDIT.slice(4)];
    for (const [name, options, said] of [
      ['usual.png', [], 'momentum 0.3 (beta 0.6)'],
      ['none.png', ['--momentum', '0'], 'momentum 0 (beta 0.6)'],
    ] as const) {
      expect((await sega([...edit, ...options, '--out', at(name)])).code).toBe(0);
      expect((await sega(['show', at(name)])).stdout).toContain(said);
      expect((await sega(['generate', '--from', at(name), '--out', at('again.png')])).code).toBe(0);
      expect(readFileSync(at('again.png')).equals(readFileSync(at(name)))).toBe(true);
    }
    expect(pixels(readFileSync(at('usual.png')))).not.toBe(pixels(readFileSync(at('none.png'))));
    await sega(['generate', 'a king', '--model', moved, '--steps', '1', '--out', at('plain.png')]);
    expect((await sega(['show', at('plain.png')])).stdout).not.toContain('momentum');
  });

  it.each([
    ['SAMPLER_UNKNOWN', ['--sampler', 'ddim'], /it has categorical, argmax, quantized/],
    ['STEPS_INVALID', ['--steps', 'smart27'], /steps is "smart27"; token samplers take a whole number/],
    ['SIZE_UNSUPPORTED', ['--width', '20'], /multiple of 16/],
  ])('refuses %s: %j', async (code, options, message) => {
    const outcome = await sega([...EDIT, '--out', at('never.png'), ...options]);
    expect(outcome).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(`error ${code}: `) });
    expect(outcome.stderr).toMatch(message);
  });
});

describe('sega generate with a model of tokens that has a prior', () => {
  const source = fileURLToPath(new URL('../../../adapters/paella/test/fixtures/random-paella-clip', import.meta.url));
  const KING = ['generate', 'a king', '--model', source];

  it('steers the tokens alone, in the steps the model recommends; --from repeats the picture byte for byte', async () => {
    const edit = ['--toward', 'crown@warmup=2', '--steps', '4', '--negative', 'hat', '--sampler', 'argmax'];
    const { stdout } = await sega([...KING, ...edit, '--out', at('prior.png'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      sampler: { prior: 'ddpm', base: 'argmax' },
      steps: { prior: 10, base: 4 },
      evaluations: {
        prior: { unconditional: 10, prompt: 10 },
        base: { 'negative:hat': 4, prompt: 4, 'concept:crown': 2 },
      },
    });
    const shown = (await sega(['show', at('prior.png')])).stdout;
    expect(shown).toContain('scale prior 3, base 4; in the first steps, share prior 1, base 0.625; toward "crown"');
    expect((await sega(['generate', '--from', at('prior.png'), '--out', at('prior-again.png')])).code).toBe(0);
    expect(readFileSync(at('prior-again.png')).equals(readFileSync(at('prior.png')))).toBe(true);
  });

  it('guides the first steps, and the prior where it is named', async () => {
    const plain = await sega([...KING, '--out', at('plain.png'), '--json']);
    expect(JSON.parse(plain.stdout)).toMatchObject({ evaluations: { base: { unconditional: 5, prompt: 8 } } });
    const named = ['--stages', 'prior', '--scale', '1', '--steps', 'base=1'];
    const { stdout } = await sega([...KING, ...named, '--out', at('named.png'), '--json']);
    expect(JSON.parse(stdout).evaluations).toEqual({ prior: { prompt: 10 }, base: { unconditional: 1, prompt: 1 } });
  });
});
