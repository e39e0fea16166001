import { type Graph, GuidanceError, type Tensor, type TensorOps } from '@sega/guidance';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadProgress, type WebRuntime, type WebRuntimeOptions, webRuntime } from '../src/index.js';

const location = (name: string): string => `/packages/runtime-node/test/fixtures/${name}.onnx`;
const source = (name: string): { name: string; location: string } => ({ name, location: location(name) });
const ones = (shape: readonly number[], value = 1): { data: Float32Array; shape: readonly number[] } => ({
  data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(value),
  shape,
});
const problem = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (GuidanceError.isInstance(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
};

const KINDS: readonly WebRuntimeOptions[] = [
  { device: 'wasm' },
  { device: 'webgpu' },
  { device: 'wasm', worker: false },
  { device: 'webgpu', worker: false },
];

describe.each(KINDS)('runtime with %o', (options) => {
  let runtime: WebRuntime;
  let ops: TensorOps;
  const numbers = async (tensor: Tensor): Promise<number[]> => [...(await runtime.read(tensor))];
  const add = async (graph: Graph, a: number, b: number): Promise<number | undefined> =>
    (await numbers((await graph.run({ a: ones([1, 3], a), b: ones([1, 3], b) }, ops)).sum!))[0];

  beforeAll(() => {
    runtime = webRuntime(options);
  });
  beforeEach(() => {
    ops = runtime.createOps();
  });
  afterEach(() => ops.dispose());
  afterAll(() => runtime.dispose());

  it('says where it runs', async () => {
    expect((await runtime.open()).device).toBe(options.device);
  });

  it('adds two tensors', async () => {
    const graph = await runtime.loadGraph(source('add'));
    expect(graph.inputs.map(({ name, type, shape }) => [name, type, shape.length])).toEqual([
      ['a', 'float32', 2],
      ['b', 'float32', 2],
    ]);
    const a = ops.fromArray(Float32Array.of(1, 2, 3), [1, 3]);
    const b = ops.fromArray(Float32Array.of(10, 20, 30), [1, 3]);
    const { sum } = await graph.run({ a, b }, ops);
    expect(sum!.shape).toEqual([1, 3]);
    expect(await numbers(sum!)).toEqual([11, 22, 33]);
    expect(await numbers(a)).toEqual([1, 2, 3]);
  });

  it('lets its own operations compute with what a graph returns, and feeds that again', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const { sum } = await graph.run({ a: ones([2, 3]), b: ones([2, 3]) }, ops);
    const tripled = ops.sum([[3, sum!]]);
    const again = await graph.run({ a: tripled, b: sum! }, ops);
    expect(await numbers(again.sum!)).toEqual([8, 8, 8, 8, 8, 8]);
  });

  it('copies what it is given', async () => {
    const data = Float32Array.of(1, 2, 3);
    const x = ops.fromArray(data, [1, 3]);
    data.fill(9);
    expect(await numbers(x)).toEqual([1, 2, 3]);
  });

  it('carries out in order what is asked for at once', async () => {
    const x = ops.fromArray(Float32Array.of(1, 2), [1, 2]);
    const reading = runtime.read(x);
    ops.endStep();
    ops.fromArray(Float32Array.of(3, 4), [1, 2]);
    expect([...(await reading)]).toEqual([1, 2]);
    expect(() => runtime.read(x)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it('keeps several graphs apart, loaded and run at once', async () => {
    const [one, external] = await Promise.all([
      runtime.loadGraph(source('add')),
      runtime.loadGraph(source('external')),
    ]);
    const [sum, { y }] = await Promise.all([add(one, 1, 2), external.run({ x: ones([32, 32], 1) }, ops)]);
    expect(sum).toBe(3);
    expect((await numbers(y!)).at(-1)).toBe(1024);
    await one.dispose();
    expect(await problem(add(one, 1, 2))).toMatch(/^DISPOSED: add/);
  });

  it('converts to and from every type a port declares', async () => {
    const graph = await runtime.loadGraph(source('types'));
    const { inputs, outputs } = graph;
    const feeds = Object.fromEntries(
      inputs.map(({ name, shape }) => [name, shape.length ? { data: [0, 1, 2, 100, 65], shape: [5] } : ones([], 7)]),
    );
    const fromHost = await graph.run(feeds, ops);
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [name, ops.fromArray(Float32Array.from(data), shape)]),
    );
    expect(await numbers(fromHost.float16_out!)).toEqual([0, 1, 2, 100, 65]);
    expect(await numbers(fromHost.bool_out!)).toEqual([0, 1, 1, 1, 1]);
    const fromDevice = await graph.run(tensors, ops);
    for (const { name } of outputs) {
      const [expected, received] = [await numbers(fromHost[name]!), await numbers(fromDevice[name]!)];
      expect([name, received]).toEqual([name, expected]);
    }
  });

  it('tells how much of a network has come', async () => {
    const told: LoadProgress[] = [];
    await using watched = webRuntime({ ...options, onProgress: (progress) => told.push(progress) });
    await watched.loadGraph(source('external'));
    const [last] = told.slice(-1);
    expect(last).toMatchObject({ name: 'external', totalBytes: last!.loadedBytes });
    expect(last!.loadedBytes).toBeGreaterThan(4096);
  });

  it('counts the milliseconds networks took', async () => {
    const graph = await runtime.loadGraph(source('add'));
    const before = runtime.sessionMilliseconds;
    await add(graph, 1, 2);
    expect(runtime.sessionMilliseconds).toBeGreaterThan(before);
  });

  it.each([
    ['an unknown input', { a: ones([1, 3]), b: ones([1, 3]), c: ones([1]) }, /"c" is no input/],
    ['a missing input', { a: ones([1, 3]) }, /"b" was not fed/],
    ['a wrong shape', { a: ones([1, 3]), b: ones([3]) }, /"b" expects \[.*\] but got \[3\]/],
  ])('refuses %s and runs on', async (_, feeds, message) => {
    const graph = await runtime.loadGraph(source('add'));
    expect(await problem(graph.run(feeds as never, ops))).toMatch(/^GRAPH_INPUT/);
    expect(await problem(graph.run(feeds as never, ops))).toMatch(message);
    expect(await add(graph, 1, 2)).toBe(3);
  });

  it.each([
    ['a file that is not there', '/test/web/fixtures/missing.onnx', /status 404|is a web page/],
    ['a web page', '/test/web/fixtures/page.html', /is a web page/],
    ['a host that does not answer', 'http://localhost:1/model.onnx', /could not be fetched/],
    ['something else than a network', '/package.json', /no ONNX model/],
  ])('refuses %s', async (_, address, message) => {
    const refused = await problem(runtime.loadGraph({ name: 'denoiser', location: address }));
    expect(refused).toMatch(/^GRAPH_LOAD: denoiser/);
    expect(refused).toMatch(message);
    expect(await add(await runtime.loadGraph(source('add')), 1, 2)).toBe(3);
  });

  it('fails a run that cannot work and runs on', async () => {
    const graph = await runtime.loadGraph(source('gather'));
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape, type }) => [
        name,
        type === 'int64'
          ? { data: shape.map(() => 1e6), shape: shape.map(() => 1) }
          : ones(shape.map((extent) => (typeof extent === 'number' ? extent : 1))),
      ]),
    );
    const outcome = await problem(graph.run(feeds, ops));
    if (options.device === 'wasm') expect(outcome).toMatch(/^GRAPH_RUN: gather/);
    expect(await add(await runtime.loadGraph(source('add')), 1, 2)).toBe(3);
  });

  it('refuses to work once disposed', async () => {
    const used = webRuntime(options);
    const graph = await used.loadGraph(source('add'));
    const own = used.createOps();
    await used.dispose();
    await used.dispose();
    expect(await problem(used.loadGraph(source('add')))).toMatch(/^DISPOSED/);
    expect(await problem(graph.run({ a: ones([1, 3]), b: ones([1, 3]) }, own))).toMatch(/^DISPOSED/);
    expect(() => used.createOps()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    await graph.dispose();
  });
});

describe('runtime', () => {
  const embedded = { worker: '', wasm: '' };
  it.each([
    { device: 'gpu' },
    { threads: 0 },
    { threads: 1.5 },
    { embedded, worker: false },
    { embedded, assets: '/files' },
  ])('refuses %o', (options) => {
    expect(() => webRuntime(options as WebRuntimeOptions)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  it('takes WebGPU where there is one', async () => {
    await using runtime = webRuntime();
    expect(await runtime.open()).toMatchObject({ device: 'webgpu', float16: false });
  });

  it('runs on threads where the page may share memory', async () => {
    await using runtime = webRuntime({ device: 'wasm', threads: 2 });
    expect(await runtime.open()).toMatchObject({ threads: 2 });
    const graph = await runtime.loadGraph(source('add'));
    const { sum } = await graph.run({ a: ones([1, 3]), b: ones([1, 3]) }, runtime.createOps());
    expect([...(await runtime.read(sum!))]).toEqual([2, 2, 2]);
  });

  it('tells when its WebAssembly is not where it should be', async () => {
    await using runtime = webRuntime({ device: 'wasm', assets: '/nowhere' });
    expect(await problem(runtime.loadGraph(source('add')))).toMatch(/^RUNTIME_UNAVAILABLE/);
  });

  it.each(['wasm', 'webgpu'] as const)('tells what its worker on %s has fetched', async (device) => {
    await using runtime = webRuntime({ device });
    await runtime.loadGraph(source('add'));
    const files = await runtime.files();
    const fetched = (part: string): boolean => files.some((file) => file.startsWith('http') && file.includes(part));
    expect([`worker-${device}`, '.wasm', location('add')].filter((part) => !fetched(part))).toEqual([]);
  });

  it('finds its WebAssembly in the folder it is told', async () => {
    const assets = '/packages/runtime-web/node_modules/onnxruntime-web/dist';
    await using runtime = webRuntime({ device: 'wasm', assets });
    expect((await runtime.loadGraph(source('add'))).outputs).toHaveLength(1);
  });
});

describe('runtime without a graphics device', () => {
  const { requestAdapter } = GPU.prototype;
  beforeEach(() => {
    GPU.prototype.requestAdapter = async () => null;
  });
  afterEach(() => {
    GPU.prototype.requestAdapter = requestAdapter;
  });

  it('falls back to WebAssembly', async () => {
    await using runtime = webRuntime();
    expect(await runtime.open()).toMatchObject({ device: 'wasm' });
  });

  it('says so where WebGPU was asked for', async () => {
    await using runtime = webRuntime({ device: 'webgpu', worker: false });
    expect(await problem(runtime.open())).toMatch(/^RUNTIME_UNAVAILABLE.*no graphics device/);
    expect(await problem(runtime.loadGraph(source('add')))).toMatch(/^RUNTIME_UNAVAILABLE/);
  });

  it('opens once there is one', async () => {
    await using runtime = webRuntime({ device: 'webgpu', worker: false });
    expect(await problem(runtime.open())).toMatch(/^RUNTIME_UNAVAILABLE.*no graphics device/);
    GPU.prototype.requestAdapter = requestAdapter;
    const graph = await runtime.loadGraph(source('add'));
    const { sum } = await graph.run({ a: ones([1, 3]), b: ones([1, 3]) }, runtime.createOps());
    expect([...(await runtime.read(sum!))]).toEqual([2, 2, 2]);
  });
});
