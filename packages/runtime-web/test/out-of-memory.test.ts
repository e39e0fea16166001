import { GuidanceError } from '@sega/guidance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delimited, joined, whole } from '../src/host/protobuf.js';
import { type WebRuntime, webRuntime } from '../src/index.js';

const [FLOAT32, INT64] = [1, 7];

/** A port of a graph with one extent. */
function port(name: string, type: number, extent: Uint8Array): Uint8Array {
  const shape = delimited(1, extent);
  return joined([delimited(1, name), delimited(2, delimited(1, joined([whole(1, type), delimited(2, shape)])))]);
}

/** Address of a network that makes as many zeros as it is told. */
function zeros(): string {
  const node = joined([delimited(1, 'count'), delimited(2, 'zeros'), delimited(4, 'ConstantOfShape')]);
  const graph = joined([
    delimited(1, node),
    delimited(2, 'zeros'),
    delimited(11, port('count', INT64, whole(1, 1))),
    delimited(12, port('zeros', FLOAT32, delimited(2, 'n'))),
  ]);
  const model = joined([whole(1, 8), delimited(7, graph), delimited(8, whole(2, 17))]);
  return URL.createObjectURL(new Blob([model as Uint8Array<ArrayBuffer>]));
}

describe.each([{ worker: true }, { worker: false }])('WebAssembly with %o', ({ worker }) => {
  let runtime: WebRuntime;
  beforeAll(() => {
    runtime = webRuntime({ device: 'wasm', worker });
  });
  afterAll(() => runtime.dispose());

  it('tells when its memory is used up, and runs on', async () => {
    const graph = await runtime.loadGraph({ name: 'zeros', location: zeros() });
    const ops = runtime.createOps();
    const run = async (count: number): Promise<number> => {
      const outputs = await graph.run({ count: { data: [count], shape: [1] } }, ops);
      return (await runtime.read(outputs.zeros!)).length;
    };
    expect(await run(5)).toBe(5);
    // 6 GB, more than WebAssembly can address.
    const error = await run(1.5e9).catch((cause: unknown) => cause);
    expect(GuidanceError.isInstance(error) && error.code).toBe('OUT_OF_MEMORY');
    expect((error as Error).message).toMatch(/^zeros ran out of memory/);
    expect(await run(7)).toBe(7);
    ops.dispose();
  });
});
