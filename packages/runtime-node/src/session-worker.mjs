// The worker thread: owns ONNX Runtime and its sessions, and answers one request at a time.
// Plain JavaScript, so that Node loads it from the sources as well as from the build.
import { createRequire } from 'node:module';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

/** @typedef {import('./session-protocol.ts').Request} Request */
/** @typedef {import('./session-protocol.ts').Replies} Replies */
/** @typedef {import('onnxruntime-node').InferenceSession} InferenceSession */

const IDLE = 0;
const BUSY = 1;

/** @type {{ gate: Int32Array, bell: Int32Array }} */
const { gate, bell } = workerData;
/** Sessions with the inputs they last ran on. @type {Map<number, { session: InferenceSession, inputs: Record<string, any> }>} */
const sessions = new Map();
/** @type {typeof import('onnxruntime-node') | undefined} */
let onnxruntime;
let lastSession = 0;

const handlers = { load, run, release, close };

serve();

/** Sleeps on the bell between requests, not in the event loop: that wakes in half the time. */
async function serve() {
  for (let closed = false; !closed; ) {
    const rung = Atomics.load(bell, 0);
    const received = receiveMessageOnPort(parentPort);
    if (received) closed = await answer(received.message);
    else Atomics.wait(bell, 0, rung);
  }
}

/** @param {Request & { id: number }} request @returns Whether it was the last. */
async function answer(request) {
  if (Atomics.compareExchange(gate, 0, IDLE, BUSY) !== IDLE) return false;
  try {
    const { value, transfer = [] } = await handlers[request.kind](request);
    parentPort.postMessage({ id: request.id, value }, transfer);
  } catch (error) {
    const where = onnxruntime ? 'request' : 'onnxruntime';
    parentPort.postMessage({ id: request.id, failure: { where, message: error?.message ?? String(error) } });
  } finally {
    Atomics.compareExchange(gate, 0, BUSY, IDLE);
    Atomics.notify(gate, 0);
  }
  return request.kind === 'close';
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
  sessions.set(++lastSession, { session, inputs: {} });
  const { inputMetadata, outputMetadata } = session;
  return { value: { session: lastSession, inputs: inputMetadata.map(port), outputs: outputMetadata.map(port) } };
}

/** @param {import('onnxruntime-common').InferenceSession.ValueMetadata} metadata */
function port({ name, ...metadata }) {
  return metadata.isTensor ? { name, type: metadata.type, shape: metadata.shape } : { name };
}

/** @param {Extract<Request, { kind: 'run' }>} request */
async function run({ session: id, feeds }) {
  const { session, inputs } = sessions.get(id);
  for (const { name, type, data, shape } of feeds) inputs[name] = new onnxruntime.Tensor(type, data, shape);
  const start = performance.timeOrigin + performance.now();
  const results = await session.run(inputs);
  const end = performance.timeOrigin + performance.now();
  const outputs = Object.entries(results).map(([name, { type, data, dims }]) => ({ name, type, data, shape: dims }));
  return { value: { outputs, start, end }, transfer: outputs.map(({ data }) => data.buffer) };
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
