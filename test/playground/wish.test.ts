import { fileURLToPath } from 'node:url';
import type { Model } from '@sega/guidance';
import { loadPaella } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wishOf } from '../../examples/playground/src/drawing/wish.js';
import { metadataOf } from '../../examples/playground/src/picture/metadata.js';
import { INITIAL_SETTINGS, type Settings } from '../../examples/playground/src/settings/settings.js';

const source = fileURLToPath(new URL('../../adapters/paella/test/fixtures/random-paella', import.meta.url));
const settings: Settings = { ...INITIAL_SETTINGS, concepts: [{ text: 'glasses', strength: 6 }] };

describe('the momentum of a wish', () => {
  const runtime = nodeRuntime();
  let plain: Model;
  let moved: Model;
  beforeAll(async () => {
    vi.stubGlobal('__VERSION__', '0.1.0');
    plain = await loadPaella(source, { runtime });
    const momentum = { scale: 0.3, beta: 0.6 };
    moved = Object.create(plain, { defaults: { value: { ...plain.defaults, momentum } } });
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await plain.dispose();
    await runtime.dispose();
  });

  /** As the picture's file has it, for `sega generate --from`. */
  const written = (model: Model, wanted: Settings): unknown =>
    JSON.parse(metadataOf({ id: 'paella', model, version: '0.1.0' }, wishOf(wanted, model)).sega!).momentum;

  it("is the model's, or none", () => {
    expect(written(moved, settings)).toEqual({ scale: 0.3, beta: 0.6 });
    expect(written(plain, settings)).toBeUndefined();
    expect(written(moved, { ...settings, concepts: [] })).toBeUndefined();
  });

  it('is what is asked for, and said where another is usual', () => {
    expect(written(plain, { ...settings, momentum: 0.2 })).toEqual({ scale: 0.2, beta: 0.4 });
    expect(written(moved, { ...settings, momentum: 0 })).toEqual({ scale: 0, beta: 0.6 });
  });
});
