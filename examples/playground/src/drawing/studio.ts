import { batch, effect, signal } from '@preact/signals';
import type { Image } from '@sega/guidance';
import { type LoadedModel, ModelShelf } from '../models/model-shelf.js';
import { settings } from '../settings/settings.js';
import type { Drawing, DrawOptions } from './draw.js';
import { Easel } from './easel.js';
import { type Wish, wishOf } from './wish.js';

/** A picture in the frame: finished, or one foreseen on the way. */
export interface Framed {
  readonly image: Image;
  readonly isFinished: boolean;
}

/** What the page is busy with. */
export type Activity =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly share: number; readonly bytes: number }
  | { readonly kind: 'preparing' }
  | { readonly kind: 'drawing'; readonly what: 'before' | 'after'; readonly share: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A finished pair, which the experiments start from. */
export interface Pair {
  readonly loaded: LoadedModel;
  readonly wish: Wish;
  readonly before: Drawing;
  readonly after: Drawing;
}

export const before = signal<Framed | undefined>(undefined);
export const after = signal<Framed | undefined>(undefined);
export const activity = signal<Activity>({ kind: 'preparing' });
/** Undefined from the moment anything is changed until it is drawn. */
export const pair = signal<Pair | undefined>(undefined);
/** Of the model in use, once it is loaded. */
export const loadedModel = signal<LoadedModel | undefined>(undefined);

const device = new URLSearchParams(location.search).get('device');
const shelf = new ModelShelf(device === 'wasm' || device === 'webgpu' ? device : 'auto');
const easel = new Easel();
let current = new AbortController();

/** Settings are left to rest this long before they are drawn. */
const REST_MILLISECONDS = 220;

/** Draws whatever the settings become, from now on. */
export function followSettings(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    settings.value;
    current.abort();
    batch(() => {
      pair.value = undefined;
      activity.value = { kind: 'preparing' };
    });
    clearTimeout(timer);
    timer = setTimeout(drawPair, timer === undefined ? 0 : REST_MILLISECONDS);
  });
}

/** Until there is nothing to load or draw, for the first time. */
export function firstRest(): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = activity.subscribe(({ kind }) => {
      if (kind !== 'idle' && kind !== 'failed') return;
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}

/** Addresses of what models run with, which the page itself has not loaded. */
export function filesOfRuntime(): Promise<readonly string[]> {
  return shelf.files().catch(() => []);
}

/** Stops drawing and leaves what there is. */
export function stop(): void {
  current.abort();
  activity.value = { kind: 'idle' };
}

/** Draws the picture without and with the concepts. */
export async function drawPair(): Promise<void> {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const asked = settings.peek();
  pair.value = undefined;
  activity.value = { kind: 'preparing' };
  try {
    const loaded = await loadModel(asked.model);
    if (signal.aborted) return;
    loadedModel.value = loaded;
    const wish = wishOf(asked, loaded.model);
    const drawInto = async (frame: typeof before, one: Wish, what: 'before' | 'after'): Promise<Drawing> => {
      activity.value = { kind: 'drawing', what, share: 0 };
      const drawing = await easel.draw(loaded, one, {
        signal,
        record: what === 'after',
        onStep: ({ step, steps, preview }) => {
          if (signal.aborted) return;
          activity.value = { kind: 'drawing', what, share: step / steps };
          if (preview) frame.value = { image: preview, isFinished: false };
        },
      });
      if (!signal.aborted) frame.value = { image: drawing.image, isFinished: true };
      return drawing;
    };
    const plain = await drawInto(before, { ...wish, concepts: [] }, 'before');
    if (signal.aborted) return;
    const steered = wish.concepts.length > 0 ? await drawInto(after, wish, 'after') : plain;
    if (signal.aborted) return;
    batch(() => {
      after.value = { image: steered.image, isFinished: true };
      activity.value = { kind: 'idle' };
      pair.value = { loaded, wish, before: plain, after: steered };
    });
  } catch (error) {
    fail(error, signal);
  }
}

/** Draws a picture of an experiment. @throws GuidanceError */
export function drawAnother(loaded: LoadedModel, wish: Wish, options: DrawOptions): Promise<Drawing> {
  return easel.draw(loaded, wish, options);
}

/** Tells of an error, unless what failed was given up meanwhile. */
export function fail(error: unknown, signal: AbortSignal): void {
  if (signal.aborted) return;
  shelf.recover(error);
  activity.value = { kind: 'failed', error };
}

function loadModel(id: string): Promise<LoadedModel> {
  return shelf.get(id, ({ loadedBytes, totalBytes }) => {
    // A model that nobody waits for any more still arrives, for when it is wanted again.
    if (settings.peek().model !== id || current.signal.aborted) return;
    const share = loadedBytes / totalBytes;
    activity.value = share < 1 ? { kind: 'loading', share, bytes: totalBytes } : { kind: 'preparing' };
  });
}
