import type { Image } from '@sega/guidance';
import { enlarge } from './enlarge.js';

/** What the page asks of the worker. */
export interface EnlargeRequest {
  readonly id: number;
  readonly image: Image;
  readonly factor: number;
}

/** What it answers. */
export interface EnlargeReply {
  readonly id: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

addEventListener('message', ({ data: { id, image, factor } }: MessageEvent<EnlargeRequest>) => {
  const rgba = enlarge(image, factor);
  (self as unknown as Worker).postMessage({ id, rgba } satisfies EnlargeReply, [rgba.buffer]);
});
