import { Worker } from 'node:worker_threads';
import { forgetGate, openGate } from './exit-gate.js';
import {
  AGAIN,
  ANSWERED,
  type Failure,
  REQUEST,
  type Replies,
  type Reply,
  type Request,
  RUNG,
  SMALL,
} from './session-protocol.js';

interface Pending {
  resolve(value: never): void;
  reject(failure: SessionFailure): void;
}

/** A request the worker could not honour. @internal */
export class SessionFailure extends Error {
  readonly where: Failure['where'];

  constructor({ where, message }: Failure) {
    super(message);
    this.where = where;
  }
}

/**
 * The thread that runs sessions, seen from the main thread: requests in, replies out, in order.
 *
 * The thread starts with the first request. It keeps the process alive while a request is pending and only then. It is
 * never terminated: `close` lets it finish what is in flight, release its sessions and end.
 *
 * @internal
 */
export class SessionThread {
  readonly #script: URL;
  readonly #pending = new Map<number, Pending>();
  readonly #words = new Int32Array(new SharedArrayBuffer(16));
  /** When the run that was answered without a message started and ended. */
  readonly #times = new Float64Array(new SharedArrayBuffer(16));
  #worker: Worker | undefined;
  #closed: Promise<void> | undefined;
  #failure: SessionFailure | undefined;
  #lastId = 0;

  constructor(script: URL) {
    this.#script = script;
  }

  /** True once {@link close} was called: nothing may be asked any more. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws SessionFailure */
  request<R extends Request>(request: R): Promise<Replies[R['kind']]> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return this.#ask(worker, (id) => worker.postMessage({ ...request, id }));
  }

  /**
   * Runs a session on the inputs it knows, with the numbers its shared ones have now.
   *
   * Where nothing else is pending no message is sent or, usually, received, which short runs would feel.
   *
   * @throws SessionFailure
   */
  runAgain(session: number): Promise<Replies['run']> {
    const worker = this.#worker;
    if (!worker || this.#failure || this.#pending.size > 0) return this.request({ kind: 'run', session, feeds: [] });
    const answer = Atomics.waitAsync(this.#words, ANSWERED, this.#words[ANSWERED]!);
    return this.#ask(worker, (id) => {
      this.#words[REQUEST] = id;
      Atomics.store(this.#words, AGAIN, session);
      void Promise.resolve(answer.value).then(() => {
        const [start, end] = this.#times as unknown as [number, number];
        this.#settle({ id, value: { outputs: [], start, end } });
      });
    });
  }

  #ask<T>(worker: Worker, post: (id: number) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      post(id);
      Atomics.add(this.#words, RUNG, 1);
      Atomics.notify(this.#words, RUNG);
      if (this.#pending.size === 0) worker.ref();
      this.#pending.set(id, { resolve, reject });
    });
  }

  /** Ends the thread after the requests made so far. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    if (!worker || this.#failure) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await this.request({ kind: 'close' });
    worker.ref();
    await ended;
  }

  #start(): Worker {
    const gate = openGate();
    // Flags of the main thread (loaders, inspectors) are not meant for this script.
    const worker = new Worker(this.#script, {
      workerData: { gate, words: this.#words, times: this.#times, small: SMALL },
      execArgv: [],
    });
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(`The session thread failed: ${error.message}`));
    worker.on('exit', (code) => {
      forgetGate(gate);
      this.#fail(`The session thread ended with code ${code}.`);
    });
    return worker;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    // What was answered by a message after all is woken once more with the next answer without one.
    if (!pending) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker?.unref();
    if ('failure' in reply) pending.reject(new SessionFailure(reply.failure));
    else pending.resolve(reply.value as never);
  }

  #fail(message: string): void {
    this.#failure ??= new SessionFailure({ where: 'request', message });
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
