import { openBundle } from '@sega/bundle';
import { loadGraphs } from '@sega/bundle/adapter';
import { folder } from '@sega/bundle/node';
import type { Graph, Runtime } from '@sega/guidance';
import { cpuRuntime } from '@sega/guidance/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleFolder, removeFixtures } from './fixtures.js';

afterEach(removeFixtures);

const HALF = 'unet/half.onnx';

/** A bundle whose denoiser also comes in float16. */
function halfBundle(float16: unknown = { denoiser: HALF }): string {
  return bundleFolder(
    (manifest) => {
      manifest.files[HALF] = { bytes: 4, sha256: '0'.repeat(64) };
      manifest.float16 = float16;
    },
    { [HALF]: 'half' },
  );
}

/** A runtime that notes what it loads. */
function loading(float16?: boolean): { readonly runtime: Runtime; readonly loaded: string[] } {
  const loaded: string[] = [];
  const loadGraph: Runtime['loadGraph'] = async ({ location }) => {
    loaded.push(location.split('/').slice(-2).join('/'));
    return { dispose: async () => {} } as Graph;
  };
  const answer = float16 === undefined ? {} : { float16: async () => float16 };
  return { runtime: { ...cpuRuntime(), loadGraph, ...answer } as Runtime, loaded };
}

describe('graphs in float16', () => {
  it.each([
    [true, [HALF, 'vae_decoder/model.onnx']],
    [false, ['unet/model.onnx', 'vae_decoder/model.onnx']],
    [undefined, ['unet/model.onnx', 'vae_decoder/model.onnx']],
  ] as const)('are loaded where the runtime computes in it: %s', async (float16, expected) => {
    const bundle = await openBundle(folder(halfBundle()), { verify: 'size' });
    const { runtime, loaded } = loading(float16);
    await loadGraphs(bundle, runtime, ['denoiser', 'decoder']);
    expect(loaded).toEqual(expected);
  });

  it('are not asked for where the bundle has none', async () => {
    const bundle = await openBundle(folder(bundleFolder()));
    const { runtime, loaded } = loading();
    const asked = { ...runtime, float16: () => Promise.reject(new Error('asked')) };
    await loadGraphs(bundle, asked as Runtime, ['denoiser']);
    expect(loaded).toEqual(['unet/model.onnx']);
  });

  it.each([{ painter: HALF }, { denoiser: 'unet/missing.onnx' }, { denoiser: 5 }])(
    'must stand in for a component and be listed: %j',
    async (float16) => {
      await expect(openBundle(folder(halfBundle(float16)))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    },
  );
});
