import { GuidanceError, type Image, type Model } from '@sega/guidance';
import { drawUnit } from '../draw-unit.js';
import type { SafetyGuidance } from '../method-guidance.js';
import type { ModelIdentity } from '../picture-job.js';
import type { Drawer, DrawTask } from './drawer.js';

/** A model, what it is, and how to let go of it. @category Workers */
export interface OpenedModel extends AsyncDisposable {
  readonly model: Model;
  readonly identity: ModelIdentity;
}

/** Opens a model by its source, for networks that use so many threads. @category Workers */
export type OpenModel = (source: string, threads: number) => Promise<OpenedModel>;

/**
 * Draws in this process, one unit at a time. A model is opened when the first task asks for it and kept until another
 * is asked for.
 *
 * @throws MODEL_UNKNOWN from `draw` when the model found here is not the one asked for.
 *
 * @example
 * const drawer = new LocalDrawer(openModel, ({ preset }, scaled) => chain(safeLatent(preset as 'strong'), scaled));
 * declare const openModel: OpenModel;
 * @category Workers
 */
export class LocalDrawer implements Drawer {
  readonly width = 1;
  readonly #open: OpenModel;
  readonly #safety: SafetyGuidance;
  #opened: { readonly key: string; readonly model: Promise<OpenedModel> } | undefined;

  constructor(open: OpenModel, safety: SafetyGuidance) {
    this.#open = open;
    this.#safety = safety;
  }

  async draw({ model: asked, settings, unit }: DrawTask, signal?: AbortSignal): Promise<readonly Image[]> {
    const { model, identity } = await this.open(asked.source, settings.threads);
    checkIdentity(asked, identity);
    return drawUnit(model, unit, settings, this.#safety, signal);
  }

  /** The model of a source, opened once. */
  async open(source: string, threads: number): Promise<OpenedModel> {
    const key = `${threads} ${source}`;
    if (this.#opened?.key !== key) {
      await this[Symbol.asyncDispose]();
      this.#opened = { key, model: this.#open(source, threads) };
    }
    return this.#opened!.model;
  }

  /** Frees the model that is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened?.model.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

function checkIdentity(asked: ModelIdentity, found: ModelIdentity): void {
  if (asked.name === found.name && asked.version === found.version && asked.sha256 === found.sha256) return;
  throw new GuidanceError(
    'MODEL_UNKNOWN',
    `"${asked.source}" is ${found.name} ${found.version} here, with other files than the ${asked.name} ${asked.version} ` +
      'that is evaluated. Install the same model on every machine.',
    { asked, found },
  );
}
