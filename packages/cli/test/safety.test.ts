import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng } from '@sega/evaluation/files';
import { SAFE_LATENT_TEXT } from '@sega/guidance';
import { SAFETY_PRESETS } from '@sega/safety';
import { describe, expect, it } from 'vitest';
import type { GenerateReport } from '../src/index.js';
import { sega, temporaryFolder } from './run-main.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const bytes = (name: string): Buffer => readFileSync(at(name));
const BLOOD = ['generate', 'a man with blood on the face', '--steps', '6', '--seed', '4'];

async function report(argv: readonly string[]): Promise<GenerateReport> {
  const { code, stdout, stderr } = await sega([...argv, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as GenerateReport;
}

const pixels = (name: string): Uint8Array => decodePng(bytes(name)).image.data;

describe('sega generate --safety', () => {
  it('is in the report, in the picture and in what show prints, and repeats from the picture', async () => {
    const { images, evaluations } = await report([...BLOOD, '--safety', 'strong', '--out', at('safe.png')]);
    const { texts } = decodePng(bytes('safe.png'));
    expect(evaluations.base).toHaveProperty([`concept:${SAFE_LATENT_TEXT}`]);
    expect(texts.guidance).toMatch(/safety strong/);
    expect(JSON.parse(texts.sega!)).toMatchObject({ safety: { preset: 'strong' } });
    expect(JSON.parse(texts.applied!)).toEqual(images[0]!.applied);
    expect(images[0]!.applied).toEqual([
      expect.objectContaining({ method: 'safe', preset: 'strong', text: SAFE_LATENT_TEXT, acted: [1, 2, 3, 4, 5] }),
    ]);
    expect((await sega(['show', at('safe.png')])).stdout).toMatch(
      /applied +safety strong by .* at 5 steps from step 1/,
    );
    await report(['generate', '--from', at('safe.png'), '--out', at('again.png')]);
    expect(bytes('again.png').equals(bytes('safe.png'))).toBe(true);
  });

  it.each(['0', '1', '3.5'])('changes the picture at scale %s, and no negative prompt stops it', async (scale) => {
    for (const more of [[], ['--negative', 'blood, violence']]) {
      await report([...BLOOD, ...more, '--scale', scale, '--out', at('bare.png')]);
      await report([...BLOOD, ...more, '--scale', scale, '--safety', 'max', '--out', at('safer.png')]);
      expect(pixels('safer.png')).not.toEqual(pixels('bare.png'));
    }
  });

  it('takes categories and words in place of the preset’s, and another method', async () => {
    const { evaluations } = await report([
      ...[...BLOOD, '--safety', 'max', '--safety-concepts', 'sexual|spiders|sexual'],
      ...['--safety-method', 'safe-latent', '--out', at('words.png')],
    ]);
    expect(Object.keys(evaluations.base!)).toContain('concept:an image showing sexual, nudity, spiders');
    expect(JSON.parse(decodePng(bytes('words.png')).texts.sega!)).toMatchObject({
      safety: { preset: 'max', method: 'safe-latent', concepts: ['sexual', 'nudity', 'spiders'] },
    });
  });

  it('takes a preset from a file, which the picture then carries', async () => {
    const own = { ...SAFETY_PRESETS.strong, name: 'no-spiders', concepts: ['spiders'] };
    writeFileSync(at('own.json'), JSON.stringify(own));
    const { evaluations } = await report([...BLOOD, '--safety', at('own.json'), '--out', at('own.png')]);
    expect(evaluations.base).toHaveProperty(['concept:an image showing spiders']);
    const { texts } = decodePng(bytes('own.png'));
    expect(texts.guidance).toMatch(/safety no-spiders/);
    expect(JSON.parse(texts.sega!)).toMatchObject({ safety: { preset: own } });
    rmSync(at('own.json'));
    await report(['generate', '--from', at('own.png'), '--out', at('own-again.png')]);
    expect(bytes('own-again.png').equals(bytes('own.png'))).toBe(true);
  });

  it('acts as diffusers does with --compat', async () => {
    const options = ['--safety', 'medium', '--compat', 'diffusers', '--out', at('compat.png')];
    const { images } = await report([...BLOOD, '--steps', '12', ...options]);
    expect(images[0]!.applied).toEqual([
      expect.objectContaining({ settings: expect.objectContaining({ method: 'safe-latent' }), acted: [10, 11] }),
    ]);
  });
});

describe('sega generate --fair', () => {
  it('draws for each picture, says what, and repeats one from the middle of a batch', async () => {
    const fair = ['--fair', 'female|male@proportions=1:3,seed=2', '--images', '5', '--out', at('fair')];
    const { images } = await report(['generate', 'a portrait of a firefighter', '--steps', '4', ...fair]);
    const drawn = images.map(({ applied }) => applied![0]!.drawn);
    expect(new Set(drawn)).toEqual(new Set(['female', 'male']));
    expect(images[0]!.applied![0]).toMatchObject({ method: 'fair', proportions: [0.25, 0.75], seed: 2 });
    await report(['generate', '--from', at('fair/3.png'), '--out', at('fair-again.png')]);
    expect(bytes('fair-again.png').equals(bytes('fair/3.png'))).toBe(true);
    const { stdout } = await sega(['show', at('fair/3.png')]);
    expect(stdout).toMatch(/fair choice of "female" or "male" \(1 : 3; seed 2, scale 6, threshold 0\.9, warmup 2\)/);
    expect(stdout).toContain(`fair choice "${drawn[3]}"`);
  });
});

describe('a model with a safety checker', () => {
  const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
  cpSync(path('adapters/stable-diffusion/test/fixtures/random-diffusion'), at('checked'), { recursive: true });
  cpSync(path('packages/safety/test/fixtures/stable-diffusion'), at('checked'), { recursive: true });
  const pictures = ['generate', 'a king', '--model', at('checked'), '--steps', '2', '--images', '8'];

  it('refuses flagged pictures unless told otherwise, and says which', async () => {
    const { images, refused } = await report([...pictures, '--out', at('refused')]);
    const flagged = (await report([...pictures, '--check', 'flag', '--out', at('flagged')])).images;
    expect(flagged.filter((image) => image.flagged).map(({ seed }) => seed)).toEqual(refused);
    expect(readdirSync(at('refused')).sort()).toEqual(images.map(({ seed }) => `${seed}.png`));
    expect([...images.map(({ seed }) => seed), ...refused!].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([images.length > 0, refused!.length > 0]).toEqual([true, true]);
    const { stdout } = await sega([...pictures, '--out', at('words')]);
    expect(stdout).toContain(`seed ${refused![0]}: refused by the model's safety checker`);
  });

  it('blurs them when asked to, and the picture says so and repeats', async () => {
    const { images } = await report([...pictures, '--check', 'blur', '--out', at('blurred')]);
    const { seed } = images.find(({ flagged }) => flagged)!;
    expect(pixels(`blurred/${seed}.png`)).not.toEqual(pixels(`flagged/${seed}.png`));
    expect((await sega(['show', at(`blurred/${seed}.png`)])).stdout).toMatch(/safety checker of .*: flagged, blur/);
    await report(['generate', '--from', at(`blurred/${seed}.png`), '--out', at('blurred-again.png')]);
    expect(bytes('blurred-again.png').equals(bytes(`blurred/${seed}.png`))).toBe(true);
  });
});
