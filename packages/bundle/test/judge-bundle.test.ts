import { type BundleFiles, openJudge } from '@sega/bundle';
import { describe, expect, it } from 'vitest';

const manifest = {
  schema: 'sega-bundle/1',
  family: 'judge',
  name: 'a judge',
  version: '1',
  license: { id: 'MIT', name: 'MIT License', acceptRequired: false },
  files: { 'model.onnx': { bytes: 3, sha256: '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81' } },
  components: { judge: 'model.onnx' },
  size: 64,
  attributes: ['hat', 'crown'],
};

const holding = (value: unknown): BundleFiles => {
  const contents: Record<string, Uint8Array> = {
    'bundle.json': new TextEncoder().encode(JSON.stringify(value)),
    'model.onnx': Uint8Array.of(1, 2, 3),
  };
  return {
    description: 'memory',
    has: async (path) => path in contents,
    read: async (path) => contents[path]!,
    locate: (path) => `/memory/${path}`,
  };
};

describe('openJudge', () => {
  it('gives the manifest and where the graph lies', async () => {
    const { manifest: read, graph } = await openJudge(holding(manifest));
    expect(read).toMatchObject({ attributes: ['hat', 'crown'], unsafe: [], exclusions: [] });
    expect(graph.location).toBe('/memory/model.onnx');
  });

  it.each([
    ['family', { family: 'paella' }],
    ['components.judge', { components: {} }],
    ['attributes', { attributes: [] }],
    ['attributes', { attributes: ['hat', 'hat'] }],
    ['unsafe', { unsafe: ['bomb'] }],
    ['exclusions', { exclusions: [['hat', 'bald']] }],
    ['exclusions', { exclusions: 'hat' }],
    ['size', { size: 0 }],
  ])('refuses a manifest whose %s breaks a rule', async (field, change) => {
    await expect(openJudge(holding({ ...manifest, ...change }))).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      details: { field },
    });
  });
});
