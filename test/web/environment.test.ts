import { describe, expect, it } from 'vitest';

describe('browser', () => {
  it('has WebGPU', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    expect(await adapter?.requestDevice()).toBeDefined();
  });

  it('may share memory between threads', () => {
    expect(crossOriginIsolated).toBe(true);
  });
});
