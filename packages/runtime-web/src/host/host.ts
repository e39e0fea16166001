import type { GuidanceError, HostArray, Port, Tensor, TensorOps } from '@sega/guidance';
import { type PortDescription, portsOf } from '@sega/guidance/runtime-kit';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import type { Command, HostOptions, LoadProgress, Replies, Request, TensorRef } from '../protocol.js';
import type { Engine } from './engine.js';
import { fetchedFiles } from './fetched-files.js';
import { fetchGraph } from './graph-bytes.js';
import { type LoadOrt, ortError } from './onnxruntime.js';
import { openEngine } from './open-engine.js';
import { serialise } from './serialise.js';
import { warmUp } from './warm-up.js';

interface Loaded {
  readonly name: string;
  readonly session: InferenceSession;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/**
 * Owns a device, its networks and tensors, and does what the page asks, one request at a time. It lives in a worker or
 * beside its {@link WebRuntime}.
 *
 * A device that has failed, and has said so, gives way to a new one when the next network is loaded. What it held is lost: whoever
 * asks for it is told the failure again.
 *
 * @internal
 */
export class Host {
  readonly #loadOrt: LoadOrt;
  #options: HostOptions | undefined;
  #engine: Engine | undefined;
  readonly #graphs = new Map<number, Loaded>();
  readonly #ops = new Map<number, TensorOps>();
  readonly #tensors = new Map<number, Tensor>();
  #lastGraph = 0;
  /** What the device before this one failed with. */
  #failure: GuidanceError | undefined;
  /** Runs that had tensors on a device before this one. */
  #lostOps: ReadonlySet<number> = new Set();

  constructor(loadOrt: LoadOrt) {
    this.#loadOrt = loadOrt;
  }

  /** Carries out the commands, then the request. @throws GuidanceError */
  answer<R extends Request>(
    commands: readonly Command[],
    request: R,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<Replies[R['kind']]> {
    // Nobody waits in line while bytes come in.
    const fetched = request.kind === 'load' ? fetchGraph(request, onProgress) : undefined;
    fetched?.catch(() => undefined);
    return serialise(async () => {
      for (const command of commands) this.#execute(command);
      return (await this.#carryOut(request, fetched)) as Replies[R['kind']];
    });
  }

  async #carryOut(request: Request, fetched: ReturnType<typeof fetchGraph> | undefined): Promise<unknown> {
    switch (request.kind) {
      case 'open':
        return this.#open(request.options);
      case 'load':
        return this.#load(request.name, await fetched!);
      case 'run':
        return this.#run(request);
      case 'read':
        return this.#opened.read(this.#tensor(request.tensor));
      case 'release':
        return this.#release(request.graph);
      case 'memory':
        return this.#opened.liveBytes;
      case 'files':
        return fetchedFiles();
      case 'commands':
        return undefined;
      case 'close':
        return this.#close();
    }
  }

  get #opened(): Engine {
    return this.#engine!;
  }

  async #open(options: HostOptions): Promise<Replies['open']> {
    const engine = await openEngine(options, this.#loadOrt);
    this.#engine = engine;
    const { device, threads, float16 } = engine;
    // A device in its place is one of the kind that is told here.
    this.#options = { ...options, device };
    // The WebAssembly comes in and is compiled beside the networks. What fails here fails again, and is told, with the first.
    serialise(() => warmUp(engine)).catch(() => undefined);
    return { device, threads, float16 };
  }

  /** Puts a new device in the place of one that has failed and said so. @throws RUNTIME_UNAVAILABLE when there is none. */
  async #replaceFailed(): Promise<void> {
    const failure = this.#opened.toldFailure;
    if (!failure) return;
    this.#failure = failure;
    this.#lostOps = new Set([...this.#lostOps, ...this.#ops.keys()]);
    await this.#close();
    this.#engine = await openEngine(this.#options!, this.#loadOrt);
  }

  async #load(name: string, { model, external }: Awaited<ReturnType<typeof fetchGraph>>): Promise<Replies['load']> {
    await this.#replaceFailed();
    const { ort } = this.#opened;
    this.#opened.check();
    let session: InferenceSession;
    try {
      const prepared = this.#opened.prepare(model);
      session = await ort.InferenceSession.create(prepared.model, {
        ...prepared.options,
        ...(external.length > 0 && { externalData: external }),
        logSeverityLevel: 4,
      });
    } catch (cause) {
      throw ortError('GRAPH_LOAD', name, cause);
    }
    try {
      const inputs = portsOf(name, 'input', session.inputMetadata.map(describe));
      const outputs = portsOf(name, 'output', session.outputMetadata.map(describe));
      this.#graphs.set(++this.#lastGraph, { name, session, inputs, outputs });
      return { graph: this.#lastGraph, inputs, outputs };
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  async #run({ graph, ops, feeds, results }: Extract<Request, { kind: 'run' }>): Promise<Replies['run']> {
    const engine = this.#opened;
    const { name, session, inputs, outputs } = this.#held(this.#graphs, graph);
    const fed = inputs.map((port) => ({ name: port.name, ...engine.feed(this.#feed(feeds[port.name]!), port.type) }));
    const start = performance.now();
    let values: Readonly<Record<string, OrtTensor>>;
    try {
      await engine.settle();
      values = await session.run(Object.fromEntries(fed.map((input) => [input.name, input.tensor])));
      engine.ran();
    } catch (cause) {
      engine.check();
      throw ortError('GRAPH_RUN', name, cause);
    } finally {
      for (const { free } of fed) free?.();
    }
    engine.check();
    const own = this.#opsOf(ops);
    const shapes = outputs.map((port, i) => {
      const tensor = engine.receive(values[port.name]!, own);
      this.#tensors.set(results[i]!, tensor);
      return tensor.shape;
    });
    return { shapes, milliseconds: performance.now() - start };
  }

  async #release(graph: number): Promise<void> {
    const loaded = this.#graphs.get(graph);
    this.#graphs.delete(graph);
    await loaded?.session.release();
  }

  async #close(): Promise<void> {
    for (const ops of this.#ops.values()) ops.dispose();
    this.#ops.clear();
    this.#tensors.clear();
    for (const graph of [...this.#graphs.keys()]) await this.#release(graph);
    this.#engine?.dispose();
  }

  #execute({ ops, method, parameters, result, freed = [] }: Command): void {
    if (this.#lostOps.has(ops)) return;
    const own = this.#opsOf(ops);
    const apply = own[method] as (...parameters: unknown[]) => Tensor;
    const made = apply.apply(
      own,
      parameters.map((parameter) => this.#revive(parameter)),
    );
    if (result !== undefined) this.#tensors.set(result, made);
    for (const tensor of freed) this.#tensors.delete(tensor);
    if (method === 'dispose') this.#ops.delete(ops);
  }

  #opsOf(id: number): TensorOps {
    const known = this.#ops.get(id);
    if (known) return known;
    const ops = this.#opened.createOps();
    this.#ops.set(id, ops);
    return ops;
  }

  #feed(value: TensorRef | HostArray): Tensor | HostArray {
    return 'tensor' in value ? this.#tensor(value.tensor) : value;
  }

  #tensor(id: number): Tensor {
    return this.#held(this.#tensors, id);
  }

  /** @throws DEVICE_LOST, OUT_OF_MEMORY, GRAPH_RUN for what was lost with a device. */
  #held<T>(all: ReadonlyMap<number, T>, id: number): T {
    const found = all.get(id);
    if (found === undefined && this.#failure) throw this.#failure;
    return found!;
  }

  /** A command's parameter with tensors in the place of their numbers. */
  #revive(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((entry) => this.#revive(entry));
    if ('tensor' in value) return this.#tensor((value as TensorRef).tensor);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.#revive(entry)]));
  }
}

function describe(metadata: InferenceSession.ValueMetadata): PortDescription {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape }
    : { name: metadata.name };
}
