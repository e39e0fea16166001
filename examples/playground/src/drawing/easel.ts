import type { LoadedModel } from '../models/model-shelf.js';
import { type Drawing, type DrawOptions, draw } from './draw.js';
import { Recent } from './recent.js';
import type { Wish } from './wish.js';

/** Draws pictures, and remembers those it has drawn. */
export class Easel {
  readonly #drawn = new Recent<Drawing>(300);
  // Concept vectors are larger than pictures.
  readonly #recorded = new Recent<Drawing>(4);

  /** @throws GuidanceError */
  async draw({ id, model }: LoadedModel, wish: Wish, options: DrawOptions): Promise<Drawing> {
    const key = JSON.stringify([id, wish]);
    const needsRecord = options.record && wish.concepts.length > 0;
    const known = this.#recorded.get(key) ?? (needsRecord ? undefined : this.#drawn.get(key));
    if (known && !options.replayed) return known;
    const drawing = await draw(model, wish, options);
    if (options.replayed) return drawing;
    const { recorded, ...picture } = drawing;
    this.#drawn.set(key, picture);
    if (recorded) this.#recorded.set(key, drawing);
    return drawing;
  }
}
