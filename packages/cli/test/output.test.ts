import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@sega/evaluation/files';
import { describe, expect, it } from 'vitest';
import { openOutput } from '../src/output.js';
import { temporaryFolder } from './run-main.js';

const folder = temporaryFolder();

describe('--out', () => {
  it('a path that ends in .png is a file for one picture', async () => {
    expect((await openOutput(join(folder, 'a/king.png'), [21]))(21)).toBe(join(folder, 'a/king.png'));
    expect((await openOutput(join(folder, 'KING.PNG'), [21]))(21)).toBe(join(folder, 'KING.PNG'));
  });

  it('anything else is a folder of <seed>.png, made when absent', async () => {
    const pathOf = await openOutput(join(folder, 'b/c'), [21, 22]);
    expect([pathOf(21), pathOf(22)]).toEqual([join(folder, 'b/c/21.png'), join(folder, 'b/c/22.png')]);
    expect(readdirSync(join(folder, 'b/c'))).toEqual([]);
  });

  it('a folder that is called .png stays a folder', async () => {
    mkdirSync(join(folder, 'gallery.png'));
    expect((await openOutput(join(folder, 'gallery.png'), [1, 2]))(2)).toBe(join(folder, 'gallery.png/2.png'));
  });
});

describe('writing', () => {
  it('replaces a file whole', async () => {
    const path = join(folder, 'whole');
    writeFileSync(path, 'before');
    await writeWhole(path, 'after');
    expect(readFileSync(path, 'utf8')).toBe('after');
  });

  it('leaves nothing when it fails', async () => {
    const path = join(folder, 'gallery.png');
    await expect(writeWhole(path, 'bytes')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(writeWhole(join(folder, 'absent/file'), 'bytes')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    expect(existsSync(join(folder, 'absent'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
