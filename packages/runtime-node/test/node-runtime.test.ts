import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CpuTensor, type Graph, GuidanceError, type Runtime, type TensorOps } from '@sega/guidance';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeRuntime } from '../src/index.js';
import { NodeRuntime } from '../src/node-runtime.js';
import { SessionThread } from '../src/session-thread.js';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.onnx`, import.meta.url));
const source = (name: string): { name: string; location: string } => ({ name, location: fixture(name) });
const ones = (shape: readonly number[], value = 1): { data: Float32Array; shape: readonly number[] } => ({
  data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(value),
  shape,
});
const numbers = (outputs: Readonly<Record<string, unknown>>, name: string): number[] => [
  ...(outputs[name] as CpuTensor).data,
];
const code = async (work: Promise<unknown> | (() => unknown)): Promise<string> => {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (GuidanceError.isInstance(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
};

let runtime: Runtime;
let ops: TensorOps;

beforeEach(() => {
  runtime = nodeRuntime({ threads: 1 });
  ops = runtime.createOps();
});
afterEach(() => runtime.dispose());

describe('runtime', () => {
  it('adds two tensors', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const a = ops.fromArray(Float32Array.of(1, 2, 3), [1, 3]);
    const b = ops.fromArray(Float32Array.of(10, 20, 30), [1, 3]);
    const { sum } = await graph.run({ a, b }, ops);
    expect(sum!.shape).toEqual([1, 3]);
    expect([...(await runtime.read(sum!))]).toEqual([11, 22, 33]);
    expect(numbers({ a }, 'a')).toEqual([1, 2, 3]);
  });

  it('feeds a tensor again without confusing it with others', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const one = ops.fromArray(Float32Array.of(1, 1, 1), [1, 3]);
    const two = ops.fromArray(Float32Array.of(2, 2, 2), [1, 3]);
    const host = ones([1, 3], 5);
    const sums: (number | undefined)[] = [];
    for (const [a, b] of [
      [one, one],
      [one, two],
      [one, two],
      [two, two],
      [one, host],
      [one, host],
    ] as const) {
      sums.push(numbers(await graph.run({ a, b }, ops), 'sum')[0]);
      if (b === host) host.data.fill(7);
    }
    expect(sums).toEqual([2, 3, 3, 4, 6, 8]);
    await code(graph.run({ a: one, b: { data: [1], shape: [1] } }, ops));
    expect(numbers(await graph.run({ a: one, b: two }, ops), 'sum')[0]).toBe(3);
  });

  it('gives every run of any sequence the sum of what it was fed', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const other = await runtime.loadGraph(source('add'));
    const run = fc.record({
      rows: fc.integer({ min: 1, max: 2 }),
      a: fc.integer({ min: -9, max: 9 }),
      b: fc.integer({ min: -9, max: 9 }),
      waits: fc.boolean(),
      fails: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      doubles: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 40 }), async (runs) => {
        const sums: Promise<number[]>[] = [];
        for (const { rows, a, b, waits, fails, doubles } of runs) {
          const feeds = { a: ones([rows, 3], a), b: ones([fails ? rows + 2 : rows, 3], b) };
          sums.push(
            doubles
              ? other
                  .run({ a: ones([rows, 3], a), b: ones([rows, 3], a) }, ops)
                  .then((outputs) => numbers(outputs, 'sum'))
              : graph.run(feeds, ops).then(
                  (outputs) => numbers(outputs, 'sum'),
                  () => [],
                ),
          );
          if (waits) await sums.at(-1);
        }
        expect(await Promise.all(sums)).toEqual(
          runs.map(({ rows, a, b, fails, doubles }) => {
            if (doubles) return Array(3 * rows).fill(2 * a);
            // One row stands for any number of them.
            if (fails) return rows === 1 ? Array(9).fill(a + b) : [];
            return Array(3 * rows).fill(a + b);
          }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('lets its own operations compute with what a graph returns', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const { sum } = await graph.run({ a: ones([2, 3]), b: ones([2, 3]) }, ops);
    expect(numbers({ y: ops.sum([[3, sum!]]) }, 'y')).toEqual([6, 6, 6, 6, 6, 6]);
  });

  it('loads from a file URL as from a path', async () => {
    const graph = await runtime.loadGraph({ name: 'add', location: pathToFileURL(fixture('add')).href });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('loads weights from a second file beside the graph', async () => {
    const graph = await runtime.loadGraph(source('external'));
    const { y } = await graph.run({ x: ones([32, 32], 0) }, ops);
    expect(numbers({ y }, 'y')).toEqual(Array.from({ length: 1024 }, (_, i) => i));
  });

  it('keeps several graphs apart', async () => {
    const [add, external] = await Promise.all([
      runtime.loadGraph(source('add')),
      runtime.loadGraph(source('external')),
    ]);
    const [{ sum }, { y }] = await Promise.all([
      add.run({ a: ones([1, 3]), b: ones([1, 3]) }, ops),
      external.run({ x: ones([32, 32], 1) }, ops),
    ]);
    expect(numbers({ sum }, 'sum')).toEqual([2, 2, 2]);
    expect(numbers({ y }, 'y').at(-1)).toBe(1024);
  });

  it('answers runs asked for at once in their order', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const runs = Array.from({ length: 50 }, (_, i) => graph.run({ a: ones([1, 3], i), b: ones([1, 3], i) }, ops));
    const first = (await Promise.all(runs)).map((outputs) => numbers(outputs, 'sum')[0]);
    expect(first).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  });

  it('leaves the event loop free while a network runs', async () => {
    const graph = await runtime.loadGraph(source('slow'));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await graph.run({ times: { data: [300], shape: [] }, x: ones([256, 256]) }, ops);
    clearInterval(timer);
    // A run on this thread would let none through, however busy the machine is.
    expect(ticks).toBeGreaterThan(2);
  });

  it('sums the milliseconds networks took', async () => {
    const graph = await runtime.loadGraph(source('slow'));
    expect(runtime.sessionMilliseconds).toBe(0);
    const start = performance.now();
    for (const times of [1, 20]) await graph.run({ times: { data: [times], shape: [] }, x: ones([256, 256]) }, ops);
    expect(runtime.sessionMilliseconds).toBeGreaterThan(0);
    expect(runtime.sessionMilliseconds).toBeLessThan(performance.now() - start);
  });

  it.each([0, 1.5, Number.NaN, 5000])('refuses %d threads', async (threads) => {
    expect(await code(() => nodeRuntime({ threads }))).toMatch(/^OPTION_INVALID: threads is/);
  });
});

describe('ports', () => {
  it('are read from the graph: type, fixed and free extents, scalars', async () => {
    const graph = await runtime.loadGraph(source('types'));
    expect(graph.inputs).toEqual([
      { name: 'float32', type: 'float32', shape: [] },
      { name: 'float16', type: 'float16', shape: ['n'] },
      { name: 'int32', type: 'int32', shape: ['n'] },
      { name: 'int64', type: 'int64', shape: [] },
      { name: 'bool', type: 'bool', shape: ['n'] },
      { name: 'uint8', type: 'uint8', shape: ['n'] },
    ]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(graph.inputs.map(({ name }) => `${name}_out`));
  });

  it('take numbers of their own type and give float32', async () => {
    const graph = await runtime.loadGraph(source('types'));
    const outputs = await graph.run(
      {
        float32: { data: [0.1], shape: [] },
        float16: { data: [1.5, -65504, 2 ** -24], shape: [3] },
        int32: { data: [-7, 0, 2 ** 31 - 1], shape: [3] },
        int64: { data: [981], shape: [] },
        bool: { data: [0, 1, 1], shape: [3] },
        uint8: { data: [0, 128, 255], shape: [3] },
      },
      ops,
    );
    expect(numbers(outputs, 'float32_out')).toEqual([Math.fround(0.1)]);
    expect(numbers(outputs, 'float16_out')).toEqual([1.5, -65504, 2 ** -24]);
    expect(numbers(outputs, 'int32_out')).toEqual([-7, 0, 2 ** 31]);
    expect(numbers(outputs, 'int64_out')).toEqual([981]);
    expect(numbers(outputs, 'bool_out')).toEqual([0, 1, 1]);
    expect(numbers(outputs, 'uint8_out')).toEqual([0, 128, 255]);
    for (const tensor of Object.values(outputs)) expect((tensor as CpuTensor).data).toBeInstanceOf(Float32Array);
  });

  it('of a type nothing converts to are refused at loading', async () => {
    expect(await code(runtime.loadGraph(source('double')))).toBe(
      'GRAPH_LOAD: double: input "x" is of type float64; graphs may use float32, float16, int32, int64, bool, uint8. ' +
        'Export the model with one of these.',
    );
  });
});

describe('feeds', () => {
  let add: Graph;
  beforeEach(async () => {
    add = await runtime.loadGraph(source('add'));
  });
  const run = (feeds: Record<string, unknown>): Promise<string> => code(add.run(feeds as never, ops));

  it('name the input that is missing', async () => {
    expect(await run({ a: ones([1, 3]) })).toBe('GRAPH_INPUT: add: input "b" was not fed; the graph needs a, b.');
  });

  it('name the input the graph does not have', async () => {
    expect(await run({ a: ones([1, 3]), b: ones([1, 3]), c: ones([1]) })).toMatch(
      'GRAPH_INPUT: add: input "c" is no input of the graph; it has a, b.',
    );
  });

  it('of another extent or rank are refused before the run', async () => {
    expect(await run({ a: ones([1, 4]), b: ones([1, 3]) })).toBe(
      'GRAPH_INPUT: add: input "a" expects [batch, 3] but got [1, 4].',
    );
    expect(await run({ a: ones([3]), b: ones([1, 3]) })).toMatch('expects [batch, 3] but got [3]');
    expect(await run({ a: { data: [1], shape: [] }, b: ones([1, 3]) })).toMatch('expects [batch, 3] but got scalar');
  });

  it('with another count of numbers than their shape says are refused', async () => {
    expect(await run({ a: { data: [1, 2], shape: [1, 3] }, b: ones([1, 3]) })).toMatch('got [1, 3] with 2 numbers');
  });

  it('of another batch than a fixed one are refused', async () => {
    const fixed = await runtime.loadGraph(source('fixed-batch'));
    expect(await code(fixed.run({ x: ones([3, 3]) }, ops))).toMatch('expects [2, 3] but got [3, 3]');
  });

  it('that are no whole numbers in range are refused by integer inputs', async () => {
    const types = await runtime.loadGraph(source('gather'));
    expect(await code(types.run({ index: { data: [0.5], shape: [1] } }, ops))).toMatch(
      'GRAPH_INPUT: gather: input "index" takes int64 numbers but got 0.5.',
    );
  });

  it('the network itself refuses give GRAPH_RUN, and the next run works', async () => {
    const gather = await runtime.loadGraph(source('gather'));
    expect(await code(gather.run({ index: { data: [7], shape: [1] } }, ops))).toMatch(
      'GRAPH_RUN: gather failed while running: ',
    );
    const { row } = await gather.run({ index: { data: [2], shape: [1] } }, ops);
    expect(numbers({ row }, 'row')).toEqual([4, 5]);
  });
});

describe('loading', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sega-'));
    await cp(fixture('add'), join(folder, 'truncated.onnx'));
    await truncate(join(folder, 'truncated.onnx'), 60);
    await cp(fixture('external'), join(folder, 'lonely.onnx'));
    await writeFile(join(folder, 'text.onnx'), 'this is no network');
    await writeFile(join(folder, 'empty.onnx'), '');
    await writeFile(join(folder, 'pointer.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['missing.onnx', 'does not exist. Check the bundle'],
    ['', 'is a folder'],
    ['empty.onnx', 'is empty'],
    ['pointer.onnx', 'is a Git LFS pointer'],
    ['truncated.onnx', 'It is truncated or no ONNX model'],
    ['text.onnx', 'It is truncated or no ONNX model'],
    ['lonely.onnx', 'Its weights lie in a second file'],
  ])('refuses %s and says what to do', async (file, message) => {
    const refusal = await code(runtime.loadGraph({ name: 'unet', location: join(folder, file) }));
    expect(refusal).toMatch(/^GRAPH_LOAD: unet: /);
    expect(refusal).toContain(join(folder, file));
    expect(refusal).toContain(message);
  });

  it('without onnxruntime-node says how to install it', async () => {
    await cp(new URL('../src/session-worker.mjs', import.meta.url), join(folder, 'session-worker.mjs'));
    const script = pathToFileURL(join(folder, 'session-worker.mjs'));
    vi.stubEnv('NODE_PATH', '');
    await using elsewhere = new NodeRuntime(1, () => new SessionThread(script));
    expect(await code(elsewhere.loadGraph(source('add')))).toMatch(
      /^RUNTIME_UNAVAILABLE: onnxruntime-node could not be loaded: .*npm install onnxruntime-node/,
    );
    vi.unstubAllEnvs();
  });

  it('in a thread that cannot start is an error, not a hang', async () => {
    await using broken = new NodeRuntime(1, () => new SessionThread(pathToFileURL(join(folder, 'nowhere.mjs'))));
    expect(await code(broken.loadGraph(source('add')))).toMatch(/^GRAPH_LOAD: .*session thread/);
  });
});

describe('disposal', () => {
  it('waits for the run in flight, whose result still arrives', async () => {
    const graph = await runtime.loadGraph(source('slow'));
    const run = graph.run({ times: { data: [100], shape: [] }, x: ones([256, 256]) }, ops);
    await runtime.dispose();
    expect(runtime.sessionMilliseconds).toBeGreaterThan(0);
    expect((await run).y!.shape).toEqual([256, 256]);
  });

  it('is idempotent, and whatever comes after it is refused', async () => {
    const graph = await runtime.loadGraph(source('add'));
    await Promise.all([graph.dispose(), graph.dispose()]);
    expect(await code(graph.run({}, ops))).toMatch(/^DISPOSED: add/);
    await Promise.all([runtime.dispose(), runtime.dispose()]);
    await runtime.dispose();
    await graph.dispose();
    expect(await code(runtime.loadGraph(source('add')))).toMatch(/^DISPOSED/);
    expect(await code(() => runtime.createOps())).toMatch(/^DISPOSED/);
  });

  it('of a runtime disposes its graphs', async () => {
    const graph = await runtime.loadGraph(source('add'));
    await runtime.dispose();
    expect(await code(graph.run({ a: ones([1, 3]), b: ones([1, 3]) }, ops))).toMatch(/^DISPOSED: add/);
    await graph.dispose();
  });

  it('of a runtime that loaded nothing starts no thread', async () => {
    await nodeRuntime().dispose();
  });
});
