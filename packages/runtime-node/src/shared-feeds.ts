import { isSameShape } from '@sega/guidance/runtime-kit';
import { type PortArray, SMALL, type TensorMessage } from './session-protocol.js';

interface Fed {
  readonly shape: readonly number[];
  /** In memory both threads see. */
  readonly shared?: PortArray;
}

/**
 * What a session's thread must be told of its next inputs.
 *
 * An input that was fed twice with one shape is going to change at every step, as the noisy state does: from then on it
 * has an array that both threads see, and only the numbers in it change.
 *
 * @internal
 */
export class SharedFeeds {
  readonly #fed = new Map<string, Fed>();

  /** Writes to the shared arrays; the feeds the thread does not know yet. */
  share(feeds: readonly TensorMessage[]): TensorMessage[] {
    return feeds.flatMap((feed): TensorMessage[] => {
      const { name, data, shape } = feed;
      const fed = this.#fed.get(name);
      if (data.byteLength > SMALL || !fed || !isSameShape(fed.shape, shape)) return this.tell([feed]);
      if (fed.shared) {
        copy(data, fed.shared);
        return [];
      }
      const shared = sharedLike(data);
      copy(data, shared);
      this.#fed.set(name, { shape, shared });
      return [{ ...feed, data: shared }];
    });
  }

  /** The feeds as they are, for a run that must not see what others are given. */
  tell(feeds: readonly TensorMessage[]): TensorMessage[] {
    for (const { name, shape } of feeds) this.#fed.set(name, { shape });
    return [...feeds];
  }

  clear(): void {
    this.#fed.clear();
  }
}

/** @internal */
export function isShared(data: PortArray): boolean {
  return data.buffer instanceof SharedArrayBuffer;
}

function sharedLike(data: PortArray): PortArray {
  const Type = data.constructor as new (memory: SharedArrayBuffer) => PortArray;
  return new Type(new SharedArrayBuffer(data.byteLength));
}

function copy(from: PortArray, to: PortArray): void {
  (to as Float32Array).set(from as Float32Array);
}
