// The worker thread: owns ONNX Runtime and its sessions, and answers one request at a time.
// Plain JavaScript, so that Node loads it from the sources as well as from the build.
import { createRequire } from 'node:module';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

/** @typedef {import('./session-protocol.ts').Request} Request */
/** @typedef {import('./session-protocol.ts').Replies} Replies */
/** @typedef {import('onnxruntime-node').InferenceSession} InferenceSession */

const IDLE = 0;
const BUSY = 1;

const RUNG = 0;
const AGAIN = 1;
const REQUEST = 2;
const ANSWERED = 3;

/** @type {{ gate: Int32Array, words: Int32Array, times: Float64Array, small: number }} */
const { gate, words, times, small } = workerData;
/**
 * Sessions with the inputs they last ran on, those of them that the main thread writes to, and outputs it reads from.
 * @type {Map<number, { session: InferenceSession, inputs: Record<string, any>, shared: Map<string, any>, outputs: any[] }>}
 */
const sessions = new Map();
/** @type {typeof import('onnxruntime-node') | undefined} */
let onnxruntime;
let lastSession = 0;

const handlers = { load, run, release, close };

serve();

/** Sleeps on a word between requests, not in the event loop: that wakes in half the time. */
async function serve() {
  for (let closed = false; !closed; ) {
    const rung = Atomics.load(words, RUNG);
    // What is asked without a message was asked before any message that waits.
    const session = Atomics.exchange(words, AGAIN, 0);
    const request = session
      ? { kind: 'run', id: words[REQUEST], session, feeds: [], again: true }
      : receiveMessageOnPort(parentPort)?.message;
    if (request) closed = await answer(request);
    else Atomics.wait(words, RUNG, rung);
  }
}

/** @param {Request & { id: number, again?: boolean }} request @returns Whether it was the last. */
async function answer(request) {
  if (Atomics.compareExchange(gate, 0, IDLE, BUSY) !== IDLE) return false;
  const { id } = request;
  try {
    const { value, transfer = [] } = await handlers[request.kind](request);
    if (request.again && value.outputs.length === 0) answerWithoutMessage(id, value);
    else parentPort.postMessage({ id, value }, transfer);
  } catch (error) {
    const where = onnxruntime ? 'request' : 'onnxruntime';
    parentPort.postMessage({ id, failure: { where, message: error?.message ?? String(error) } });
  } finally {
    Atomics.compareExchange(gate, 0, BUSY, IDLE);
    Atomics.notify(gate, 0);
  }
  return request.kind === 'close';
}

/** @param {number} id @param {Replies['run']} value */
function answerWithoutMessage(id, { start, end }) {
  times[0] = start;
  times[1] = end;
  Atomics.store(words, ANSWERED, id);
  Atomics.notify(words, ANSWERED);
}

/** @param {{ path: string, threads: number }} request */
async function load({ path, threads }) {
  onnxruntime ??= createRequire(import.meta.url)('onnxruntime-node');
  const session = await onnxruntime.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    // Threads that spin between operators win a few percent on an idle machine, but cost many times the run on a busy one
    // and steal the core that guidance computes on.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // Errors arrive as messages; ONNX Runtime need not print them too.
    logSeverityLevel: 4,
  });
  sessions.set(++lastSession, { session, inputs: {}, shared: new Map(), outputs: [] });
  const { inputMetadata, outputMetadata } = session;
  return { value: { session: lastSession, inputs: inputMetadata.map(port), outputs: outputMetadata.map(port) } };
}

/** @param {import('onnxruntime-common').InferenceSession.ValueMetadata} metadata */
function port({ name, ...metadata }) {
  return metadata.isTensor ? { name, type: metadata.type, shape: metadata.shape } : { name };
}

/** @param {Extract<Request, { kind: 'run' }>} request */
async function run({ session: id, feeds, apart = false }) {
  const held = sessions.get(id);
  const { session, inputs, shared } = held;
  for (const { name, type, data, shape } of feeds) {
    const isShared = data.buffer instanceof SharedArrayBuffer;
    // ONNX Runtime takes no shared memory.
    inputs[name] = new onnxruntime.Tensor(type, isShared ? data.slice() : data, shape);
    if (isShared) shared.set(name, data);
    else shared.delete(name);
  }
  for (const [name, data] of shared) inputs[name].data.set(data);
  const start = performance.timeOrigin + performance.now();
  const results = await session.run(inputs);
  const end = performance.timeOrigin + performance.now();
  if (!apart && refill(held.outputs, results)) return { value: { outputs: [], start, end } };
  const outputs = Object.entries(results).map(([name, { type, data, dims }]) => ({ name, type, data, shape: dims }));
  if (apart || outputs.some(({ data }) => data.byteLength > small)) {
    return { value: { outputs, start, end }, transfer: outputs.map(({ data }) => data.buffer) };
  }
  held.outputs = outputs.map((output) => ({ ...output, data: sharedCopy(output.data) }));
  return { value: { outputs: held.outputs, start, end } };
}

/** @param {any[]} outputs @param {Record<string, any>} results @returns Whether the results fit where those before lie, and now lie there. */
function refill(outputs, results) {
  for (const { name, type, data, shape } of outputs) {
    const result = results[name];
    if (result.type !== type || result.dims.length !== shape.length) return false;
    for (let axis = 0; axis < shape.length; axis++) if (result.dims[axis] !== shape[axis]) return false;
    data.set(result.data);
  }
  return outputs.length > 0;
}

/** @param {any} data */
function sharedCopy(data) {
  const copy = new data.constructor(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

/** @param {{ session: number }} request */
async function release({ session: id }) {
  const released = sessions.get(id);
  sessions.delete(id);
  await released?.session.release();
  return { value: undefined };
}

async function close() {
  for (const id of sessions.keys()) await release({ session: id });
  return { value: undefined };
}
