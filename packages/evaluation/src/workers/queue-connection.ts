import { GuidanceError } from '@sega/guidance';
import type { Redis } from 'ioredis';

/** Name of the queue that evaluations and workers meet at. @internal */
export const QUEUE = 'sega-draw';

/** A connection to Redis that outlives cuts, but not for ever. @internal */
export interface QueueConnection {
  readonly redis: Redis;
  /** Rejects with QUEUE_UNREACHABLE once the connection has been cut for as long as it may be. */
  readonly lost: Promise<never>;
  close(): void;
}

/**
 * Connects to Redis and loads BullMQ, both of which only a queue needs.
 *
 * @param patience - Milliseconds a cut connection is waited for.
 * @throws OPTION_INVALID when the address is none or the packages are absent; QUEUE_UNREACHABLE
 * @internal
 */
export async function connectQueue(
  address: string,
  patience: number,
): Promise<{ readonly connection: QueueConnection; readonly bullmq: typeof import('bullmq') }> {
  const place = placeOf(address);
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch((cause) => {
    throw new GuidanceError(
      'OPTION_INVALID',
      'A queue needs the packages bullmq and ioredis, which are not installed: npm install bullmq ioredis.',
      { option: 'queue' },
      { cause },
    );
  });
  const redis = new Redis(address, {
    lazyConnect: true,
    // BullMQ waits for a cut connection rather than failing.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
  });
  const errors: Error[] = [];
  redis.on('error', (error) => errors.push(error));
  await redis.connect().catch((cause: Error) => {
    redis.disconnect();
    throw unreachable(place, errors.at(-1)?.message ?? cause.message, cause);
  });
  const { lost, stop } = watch(redis, place, patience);
  const close = (): void => {
    stop();
    redis.disconnect();
  };
  return { connection: { redis, lost, close }, bullmq };
}

function watch(redis: Redis, place: string, patience: number): { lost: Promise<never>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (error: GuidanceError) => void;
  const lost = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  lost.catch(() => undefined);
  const onClose = (): void => {
    timer ??= setTimeout(() => giveUp(unreachable(place, `cut for ${patience / 1000} s`)), patience);
  };
  const onReady = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  redis.on('close', onClose).on('ready', onReady);
  const stop = (): void => {
    redis.off('close', onClose).off('ready', onReady);
    onReady();
  };
  return { lost, stop };
}

/** Host and port alone: an address may hold a password. */
function placeOf(address: string): string {
  try {
    const { protocol, host } = new URL(address);
    if (/^rediss?:$/.test(protocol) && host !== '') return host;
  } catch {
    // Told below.
  }
  throw new GuidanceError(
    'OPTION_INVALID',
    'The address of the queue must be redis://host:port or rediss://host:port.',
    { option: 'queue' },
  );
}

function unreachable(place: string, why: string, cause?: Error): GuidanceError {
  return new GuidanceError(
    'QUEUE_UNREACHABLE',
    `Redis at ${place} cannot be reached (${why}). Start it or check the address; finished pictures are kept.`,
    { place },
    { cause },
  );
}
