import { type ChildProcess, fork } from 'node:child_process';
import { GuidanceError, type Image } from '@sega/guidance';
import type { Drawer, DrawTask } from './drawer.js';
import { type TaskError, unpackError } from './task-error.js';

/** What a worker process answers. @internal */
export type ProcessReply =
  | { readonly id: number; readonly images: readonly Image[] }
  | { readonly id: number; readonly error: TaskError };

/** Processes that may die over one task before it is given up. */
const ATTEMPTS = 3;

/**
 * Draws in several processes at once. A process that dies is replaced and its task drawn again.
 *
 * @throws WORKER_FAILED from `draw` when processes die over a task again and again; what the worker throws.
 *
 * @example
 * await using drawer = new ProcessDrawer(4, './worker.mjs'); // worker.mjs: await serveParent(drawer)
 * @category Workers
 */
export class ProcessDrawer implements Drawer {
  readonly width: number;
  readonly #script: string;
  readonly #parameters: readonly string[];
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  #tasks = 0;

  /**
   * @param width - Processes.
   * @param script - Module that calls {@link serveParent}.
   * @param parameters - Of its command line.
   */
  constructor(width: number, script: string, parameters: readonly string[] = []) {
    if (!Number.isInteger(width) || width < 1 || width > 256) {
      throw new GuidanceError('OPTION_INVALID', `workers is ${width}; it must be a whole number from 1 to 256.`, {
        option: 'workers',
        value: width,
      });
    }
    this.width = width;
    this.#script = script;
    this.#parameters = parameters;
  }

  async draw(task: DrawTask, signal?: AbortSignal): Promise<readonly Image[]> {
    for (let attempt = 1; ; attempt++) {
      const child = this.#idle.pop() ?? this.#start();
      const reply = await this.#ask(child, task, signal);
      if (typeof reply === 'object') {
        this.#idle.push(child);
        if ('error' in reply) throw unpackError(reply.error);
        return reply.images;
      }
      if (signal?.aborted) throw new GuidanceError('ABORTED', 'The evaluation was stopped. Run it again to go on.');
      if (attempt === ATTEMPTS) {
        throw new GuidanceError(
          'WORKER_FAILED',
          `${ATTEMPTS} processes ended (${reply}) while drawing "${task.unit.job.prompt}", seed ${task.unit.job.seed}. ` +
            'Use fewer workers if memory is short.',
          { attempts: ATTEMPTS, reply, job: task.unit.job },
        );
      }
    }
  }

  /** Ends the processes, once nothing runs in them. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#all].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('exit', () => resolve());
          // A worker whose parent leaves ends by itself, once nothing runs in native code.
          if (child.connected) child.disconnect();
        }),
    );
    await Promise.all(ends);
  }

  #start(): ChildProcess {
    const child = fork(this.#script, [...this.#parameters], {
      serialization: 'advanced',
      // A group of its own, so that Ctrl-C reaches the parent alone, which then tells its workers.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#all.add(child);
    child.once('exit', () => {
      this.#all.delete(child);
      const place = this.#idle.indexOf(child);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    return child;
  }

  /** The reply, or how the process ended before it gave one. */
  #ask(child: ChildProcess, task: DrawTask, signal: AbortSignal | undefined): Promise<ProcessReply | string> {
    const id = ++this.#tasks;
    return new Promise((resolve) => {
      const onMessage = (reply: ProcessReply): void => {
        if (reply.id === id) settle(reply);
      };
      const onExit = (code: number | null, killer: string | null): void => settle(killer ?? `exit code ${code}`);
      const onAbort = (): void => void child.send({ abort: id }, () => undefined);
      const settle = (reply: ProcessReply | string): void => {
        child.off('message', onMessage).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        resolve(reply);
      };
      child.on('message', onMessage).on('exit', onExit);
      signal?.addEventListener('abort', onAbort);
      child.send({ id, task }, (error) => {
        if (error && child.exitCode !== null) settle(`exit code ${child.exitCode}`);
      });
    });
  }
}
