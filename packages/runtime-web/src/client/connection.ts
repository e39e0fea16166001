import { GuidanceError } from '@sega/guidance';
import { errorOf } from '../failure.js';
import type { Command, LoadProgress, Replies, ReplyMessage, Request, RequestMessage } from '../protocol.js';

/** The way to a host. @internal */
export interface Connection {
  /** Has the commands and then the request carried out. @throws GuidanceError */
  ask<R extends Request>(
    commands: readonly Command[],
    request: R,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<Replies[R['kind']]>;
  /** After the host was closed. */
  end(): void;
}

interface Pending {
  resolve(value: never): void;
  reject(error: GuidanceError): void;
  onProgress(progress: LoadProgress): void;
}

/** A host in a worker. @internal */
export function connectWorker(worker: Worker): Connection {
  const pending = new Map<number, Pending>();
  let failure: GuidanceError | undefined;
  let last = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<ReplyMessage>) => {
    const asked = pending.get(data.id);
    if ('progress' in data) return asked?.onProgress(data.progress);
    pending.delete(data.id);
    if ('failure' in data) asked?.reject(errorOf(data.failure));
    else asked?.resolve(data.value as never);
  });
  const fail = (message: string): void => {
    failure = new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      `The worker of the runtime failed: ${message} Publish its script with the page, or set worker to false to run in the page itself.`,
    );
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
  };
  worker.addEventListener('error', ({ message }) => fail(message ?? 'its script could not be loaded.'));
  worker.addEventListener('messageerror', () => fail('a message could not be read.'));
  return {
    ask: (commands, request, onProgress = () => {}) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const id = ++last;
        pending.set(id, { resolve, reject, onProgress });
        worker.postMessage({ id, commands, request } satisfies RequestMessage, transferables(commands));
      }),
    end: () => worker.terminate(),
  };
}

/** Arrays made for a command alone, which need not be copied. */
function transferables(commands: readonly Command[]): Transferable[] {
  return commands.flatMap(({ method, parameters }) =>
    method === 'fromArray' ? [(parameters[0] as Float32Array<ArrayBuffer>).buffer] : [],
  );
}
