import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBundle } from '@sega/bundle';
import { folder, locateBundle } from '@sega/bundle/node';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleFolder, removeFixtures, writeTree } from './fixtures.js';

afterAll(removeFixtures);

const PROJECT = {
  'package.json': { name: 'project' },
  'src/deep/file.txt': 'x',
  'models/own/bundle.json': {},
  'node_modules/one/package.json': { name: 'one', sega: { bundles: { 'stable-diffusion': 'bundle/sd' } } },
  'node_modules/one/bundle/sd/bundle.json': {},
  'node_modules/@acme/two/package.json': {
    name: '@acme/two',
    exports: {},
    sega: { bundles: { small: 'small', large: 'weights/large' } },
  },
  'node_modules/plain/package.json': { name: 'plain' },
  'node_modules/wild/package.json': { name: 'wild', sega: { bundles: { out: '../../secret' } } },
  'node_modules/broken/package.json': '{',
};

const project = writeTree(PROJECT);

describe('locateBundle', () => {
  it.each([
    ['a relative folder', 'models/own', 'models/own'],
    ['a relative folder with a dot', './models/own', 'models/own'],
    ['an absolute folder', join(project, 'models/own'), 'models/own'],
    ['a file URL', pathToFileURL(join(project, 'models/own')).href, 'models/own'],
    ['a package with one bundle', 'one', 'node_modules/one/bundle/sd'],
    ['a package and its bundle', 'one#stable-diffusion', 'node_modules/one/bundle/sd'],
    ['a scoped package and a bundle', '@acme/two#large', 'node_modules/@acme/two/weights/large'],
    ['the folder of a package', 'node_modules/@acme/two#small', 'node_modules/@acme/two/small'],
  ])('finds %s', async (_name, source, expected) => {
    expect((await locateBundle(source, { from: project })).description).toBe(join(project, expected));
  });

  it('finds a package from folders below', async () => {
    const files = await locateBundle('one', { from: join(project, 'src/deep') });
    expect(files.description).toBe(join(project, 'node_modules/one/bundle/sd'));
  });

  it('is BUNDLE_NOT_FOUND for what is neither folder nor package, listing what was tried', async () => {
    for (const source of ['absent', '@acme/absent#x', './absent', '/absent/folder', 'a b c', '']) {
      const error = await locateBundle(source, { from: project }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'BUNDLE_NOT_FOUND', details: { source } });
      for (const path of error.details.tried) expect(error.message).toContain(path);
    }
    const error = await locateBundle('absent', { from: project }).catch((thrown) => thrown);
    expect(error.details.tried).toEqual(
      expect.arrayContaining([join(project, 'absent'), join(project, 'node_modules/absent')]),
    );
  });

  it.each([
    [
      'an unknown name',
      '@acme/two#medium',
      /no bundle of .* It has small, large; pick one, such as '@acme\/two#small'/,
    ],
    ['several bundles and no name', '@acme/two', /several bundles.* small, large/],
    ['a package without bundles', 'plain#any', /lists none/],
    ['an inherited name', 'one#toString', /It has stable-diffusion/],
  ])('is MODEL_UNKNOWN for %s', async (_name, source, message) => {
    await expect(locateBundle(source, { from: project })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      message: expect.stringMatching(message),
    });
  });

  it.each(['wild', 'broken'])("is BUNDLE_INVALID when a package's list is malformed: %s", async (source) => {
    await expect(locateBundle(source, { from: project })).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });

  it('gives files that open', async () => {
    const root = bundleFolder(undefined, { 'package.json': { name: 'whole' } });
    expect((await openBundle(await locateBundle(root))).manifest.name).toBe('acme/faces');
  });
});

describe('folder', () => {
  it('is BUNDLE_FILE_MISSING when a file is absent or a folder', async () => {
    const files = folder(project);
    expect(await files.has('src')).toBe(false);
    expect(await files.has('src/deep/file.txt')).toBe(true);
    await expect(files.read('absent')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
    await expect(files.read('src')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
    await expect(files.size!('absent')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
    await expect(files.sha256!('absent')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
  });
});
