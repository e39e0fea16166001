import type { Image } from '@sega/guidance';
import type { EnlargeReply, EnlargeRequest } from './enlarge-worker.js';

const known = new WeakMap<Image, Map<number, Promise<ImageData>>>();
const waiting = new Map<number, (rgba: Uint8ClampedArray<ArrayBuffer>) => void>();
let worker: Worker | undefined;
let last = 0;

/** A picture made larger with crisp edges, off the page's thread; once for each picture and factor. */
export function enlarged(image: Image, factor: number): Promise<ImageData> {
  const byFactor = known.get(image) ?? new Map<number, Promise<ImageData>>();
  known.set(image, byFactor);
  const made = byFactor.get(factor) ?? ask(image, factor);
  byFactor.set(factor, made);
  return made;
}

async function ask(image: Image, factor: number): Promise<ImageData> {
  worker ??= start();
  const id = ++last;
  const reply = new Promise<Uint8ClampedArray<ArrayBuffer>>((resolve) => waiting.set(id, resolve));
  worker.postMessage({ id, image, factor } satisfies EnlargeRequest);
  return new ImageData(await reply, image.width * factor, image.height * factor);
}

function start(): Worker {
  const started = new Worker(new URL('./enlarge-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('message', ({ data: { id, rgba } }: MessageEvent<EnlargeReply>) => {
    waiting.get(id)?.(rgba);
    waiting.delete(id);
  });
  return started;
}
