import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBundle, openJudge } from '@sega/bundle';
import { folder, locateBundle } from '@sega/bundle/node';
import { deepfloydIf, faceJudge, paella, stableDiffusion } from '@sega/tiny-faces';
import * as web from '@sega/tiny-faces/web';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const BUNDLES = { 'stable-diffusion': stableDiffusion, 'deepfloyd-if': deepfloydIf, paella };

describe('tiny-faces', () => {
  it('lists every bundle it exports for locateBundle', () => {
    expect(Object.keys(manifest.sega.bundles)).toEqual([...Object.keys(BUNDLES), 'judge']);
  });

  it('has several bundles, of which one must be named', async () => {
    await expect(locateBundle(root)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  it.each([
    ['stable-diffusion', web.stableDiffusion],
    ['deepfloyd-if', web.deepfloydIf],
    ['paella', web.paella],
  ])('names for pages every file of %s, and no other', async (family, addresses) => {
    const { files } = JSON.parse(readFileSync(join(root, 'bundle', family, 'bundle.json'), 'utf8'));
    expect(Object.keys(addresses).sort()).toEqual(['bundle.json', ...Object.keys(files)].sort());
    for (const [path, address] of Object.entries(addresses)) {
      expect(fileURLToPath(address)).toBe(join(root, 'bundle', family, path));
    }
    expect(Object.keys(web)).toHaveLength(Object.keys(BUNDLES).length);
  });

  it.each(Object.entries(BUNDLES))('exports the folder of %s', async (family, path) => {
    expect(path).toBe(join(root, manifest.sega.bundles[family]));
    expect((await locateBundle(`${root}#${family}`)).description).toBe(path);
    expect(existsSync(path)).toBe(true);
  });

  it.each(Object.entries(BUNDLES))(
    'ships %s with every checksum right, within 10 MB, and with its card',
    async (family, path) => {
      const bundle = await openBundle(folder(path), { verify: 'sha256' });
      expect(bundle.manifest).toMatchObject({ family, license: { acceptRequired: false } });
      expect((await bundle.tokenizer()).encode('a portrait of a king').dropped).toBe('');
      const bytes = Object.values(bundle.manifest.files).reduce((sum, file) => sum + file.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(10_000_000);
      expect(existsSync(join(root, 'cards', `${family}.md`))).toBe(true);
    },
  );

  it('ships the judge with every checksum right, within 1 MB', async () => {
    const { manifest } = await openJudge(folder(faceJudge), { verify: 'sha256' });
    expect(manifest).toMatchObject({ family: 'judge', size: 64, unsafe: ['drops', 'cigarette', 'bomb'] });
    expect(Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0)).toBeLessThanOrEqual(1_000_000);
    await expect(openBundle(folder(faceJudge))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});
