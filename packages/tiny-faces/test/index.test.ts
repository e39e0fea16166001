import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBundle } from '@sega/bundle';
import { folder, locateBundle } from '@sega/bundle/node';
import { stableDiffusion } from '@sega/tiny-faces';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('tiny-faces', () => {
  it('exports the folder that package.json lists for locateBundle', async () => {
    expect(stableDiffusion).toBe(join(root, manifest.sega.bundles['stable-diffusion']));
    expect((await locateBundle(root)).description).toBe(stableDiffusion);
    expect(existsSync(stableDiffusion)).toBe(true);
  });

  it('ships a bundle that opens with every checksum right', async () => {
    const bundle = await openBundle(folder(stableDiffusion), { verify: 'sha256' });
    expect(bundle.manifest).toMatchObject({ family: 'stable-diffusion', license: { acceptRequired: false } });
    expect((await bundle.tokenizer()).encode('a portrait of a king').dropped).toBe('');
    const bytes = Object.values(bundle.manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBeLessThanOrEqual(10_000_000);
  });
});
