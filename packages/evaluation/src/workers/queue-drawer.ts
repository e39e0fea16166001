import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuidanceError, type Image } from '@sega/guidance';
import type { Job, Queue } from 'bullmq';
import { decodePng } from '../files/png.js';
import { canonical } from '../unit.js';
import type { Drawer, DrawTask } from './drawer.js';
import { connectQueue, QUEUE, type QueueConnection } from './queue-connection.js';
import { type TaskError, unpackError } from './task-error.js';

/** What a worker leaves in the queue: PNG files in base 64, or why there are none. @internal */
export type QueueReply = { readonly images: readonly string[] } | { readonly error: TaskError };

/** Settings of {@link openQueueDrawer}. @category Workers */
export interface QueueDrawerOptions {
  /** Milliseconds a cut connection is waited for. Default 60,000. */
  readonly patience?: number;
}

/** Tasks in the queue at the same time: more than any number of workers takes at once. */
const WIDTH = 64;

/** Milliseconds between two looks at a task. */
const INTERVAL = 200;

/**
 * Draws on whatever machines run {@link serveQueue} at the same Redis, with BullMQ. What a worker that disappears had begun is
 * given to another.
 *
 * @param address - `redis://host:port`; its password is never shown.
 * @throws OPTION_INVALID when the address is none or BullMQ is not installed; QUEUE_UNREACHABLE, also from `draw`.
 *
 * @example
 * await using drawer = await openQueueDrawer('redis://localhost:6379');
 * @category Workers
 */
export async function openQueueDrawer(address: string, options: QueueDrawerOptions = {}): Promise<Drawer> {
  const { connection, bullmq } = await connectQueue(address, options.patience ?? 60_000);
  return new QueueDrawer(connection, new bullmq.Queue<DrawTask, QueueReply>(QUEUE, { connection: connection.redis }));
}

class QueueDrawer implements Drawer {
  readonly width = WIDTH;
  readonly #connection: QueueConnection;
  readonly #queue: Queue<DrawTask, QueueReply>;

  constructor(connection: QueueConnection, queue: Queue<DrawTask, QueueReply>) {
    this.#connection = connection;
    this.#queue = queue;
    // The connection itself tells when it is lost.
    queue.on('error', () => undefined);
  }

  async draw(task: DrawTask, signal?: AbortSignal): Promise<readonly Image[]> {
    // The same task has the same id, so that what was drawn for an evaluation that died meanwhile is found.
    const id = `task-${createHash('sha256')
      .update(JSON.stringify(canonical(task)))
      .digest('hex')}`;
    return Promise.race([this.#await(id, task, signal), this.#connection.lost]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    await this.#queue.close().catch(() => undefined);
  }

  async #await(id: string, task: DrawTask, signal: AbortSignal | undefined): Promise<readonly Image[]> {
    await this.#remove(await this.#queue.getJob(id), 'failed');
    for (;;) {
      const job = (await this.#queue.getJob(id)) ?? (await this.#queue.add('draw', task, { jobId: id }));
      if (job.finishedOn !== undefined) {
        await this.#remove(job);
        return imagesOf(job);
      }
      if (signal?.aborted) {
        await this.#remove(job);
        throw new GuidanceError('ABORTED', 'The evaluation was stopped. Run it again to go on.');
      }
      await sleep(INTERVAL);
    }
  }

  /** Takes a task out of the queue, unless a worker is at it. */
  async #remove(job: Job<DrawTask, QueueReply> | undefined, only?: 'failed'): Promise<void> {
    if (!job || (only && !job.failedReason)) return;
    await job.remove().catch(() => undefined);
  }
}

function imagesOf({ returnvalue, failedReason }: Job<DrawTask, QueueReply>): readonly Image[] {
  if (failedReason) throw unpackError({ code: undefined, message: failedReason, details: {} });
  if ('error' in returnvalue) throw unpackError(returnvalue.error);
  return returnvalue.images.map((png) => decodePng(Buffer.from(png, 'base64')).image);
}
