import type { LogitsModule } from './logits-module.js';
import { slots } from './module.js';

/** Codes of a tile at most: two tiles of the widest block stay in the second-level cache. */
export const ROWS = 16;
/** Positions of a block at most, which bounds the module's memory whatever the picture. */
const WIDTH = 4096;
/** Floats between rows beyond the positions: rows a power of two apart would share a cache set. */
const GAP = 16;
/** Below every logit but −∞, so that the first tile raises it. */
const UNSET = -3.4028234663852886e38;

/** Sums at each position of a block: of exponentials relative to a pivot, and moments about a centre. */
export interface Sums {
  readonly address: number;
  readonly exponentials: Float64Array;
  readonly firsts: Float64Array;
  readonly seconds: Float64Array;
  readonly pivots: Float32Array;
  readonly centres: Float32Array;
}

/** Bytes of {@link Sums} for each position. */
const SUMS = 32;

/** A few codes of one tensor at a block of positions. */
interface Tile {
  readonly address: number;
  readonly values: Float32Array;
}

/** Where a tile lies in tensors [code, position]: from index `at`, rows `positions` apart. */
export interface TilePlace {
  readonly at: number;
  readonly rows: number;
  readonly count: number;
  readonly positions: number;
}

/**
 * Logits on their way through the module's memory: blocks of at most `width` positions, each read in tiles of at most
 * {@link ROWS} codes. Each call makes its own, which takes the memory from the one before.
 *
 * @internal
 */
export class LogitTiles {
  /** Positions of a block at most. */
  readonly width: number;
  /** Of each tensor. */
  readonly sums: readonly Sums[];
  readonly #module: LogitsModule;
  readonly #stride: number;
  readonly #tiles: readonly [Tile, Tile];

  constructor(module: LogitsModule, positions: number, tensors: number) {
    const width = Math.min(WIDTH, Math.ceil(positions / 4) * 4);
    const stride = width + GAP;
    const length = ROWS * stride;
    const sizes = [4 * length, 4 * length, ...Array.from({ length: tensors }, () => SUMS * width)];
    const [first, second, ...rest] = slots(module, sizes) as [number, number, ...number[]];
    const { buffer } = module.memory;
    const tile = (address: number): Tile => ({ address, values: new Float32Array(buffer, address, length) });
    this.#module = module;
    this.width = width;
    this.#stride = stride;
    this.#tiles = [tile(first), tile(second)];
    this.sums = rest.map((address) => ({
      address,
      exponentials: new Float64Array(buffer, address, width),
      firsts: new Float64Array(buffer, address + 8 * width, width),
      seconds: new Float64Array(buffer, address + 16 * width, width),
      pivots: new Float32Array(buffer, address + 24 * width, width),
      centres: new Float32Array(buffer, address + 28 * width, width),
    }));
  }

  /** Begins a block. */
  clear(): void {
    for (const { exponentials, firsts, seconds, pivots } of this.sums) {
      for (const sums of [exponentials, firsts, seconds]) sums.fill(0);
      pivots.fill(UNSET);
    }
  }

  /** Adds a tile's exponentials, exp(sharpness·(x − pivot)), to a tensor's sums. The tile stays the origin of moments. */
  addExponentials(tensor: number, x: Float32Array, place: TilePlace, sharpness = 1): void {
    const [{ address }] = this.#tiles;
    const sums = this.sums[tensor]!;
    this.#load(0, x, place);
    this.#add(0, sums, place, sharpness, (from) =>
      this.#module.addExponentials(
        address,
        place.rows,
        4 * this.#stride,
        sums.address,
        this.width,
        sharpness,
        from,
        place.count,
      ),
    );
  }

  /** Adds a tile's exponentials, and the moments of its differences from the tile last given to {@link addExponentials}. */
  addMoments(tensor: number, x: Float32Array, place: TilePlace, isFirst: boolean): void {
    const [origin, { address, values }] = this.#tiles;
    const sums = this.sums[tensor]!;
    this.#load(1, x, place);
    for (let p = 0; isFirst && p < place.count; p++) {
      const difference = values[p]! - origin.values[p]!;
      sums.centres[p] = Number.isFinite(difference) ? difference : 0;
    }
    this.#add(1, sums, place, 1, (from) =>
      this.#module.addMoments(
        address,
        origin.address,
        place.rows,
        4 * this.#stride,
        sums.address,
        this.width,
        from,
        place.count,
      ),
    );
  }

  #load(tile: 0 | 1, x: Float32Array, { at, rows, count, positions }: TilePlace): void {
    const { values } = this.#tiles[tile];
    for (let row = 0; row < rows; row++) {
      const from = at + row * positions;
      values.set(x.subarray(from, from + count), row * this.#stride);
    }
  }

  #add(tile: 0 | 1, sums: Sums, { rows, count }: TilePlace, sharpness: number, add: (from: number) => number): void {
    for (let from = add(0); from < count; from = add(from)) {
      raise(sums, this.#tiles[tile].values, rows, this.#stride, from, count, sharpness);
    }
  }
}

/** Raises pivots to the largest value of a tile, and scales the sums so far to them. */
function raise(
  { pivots, exponentials }: Sums,
  values: Float32Array,
  rows: number,
  stride: number,
  from: number,
  count: number,
  sharpness: number,
): void {
  for (let p = from; p < Math.ceil(count / 4) * 4; p++) {
    const before = pivots[p]!;
    let pivot = before;
    for (let i = p; i < rows * stride; i += stride) if (values[i]! > pivot) pivot = values[i]!;
    pivots[p] = pivot;
    exponentials[p] = exponentials[p]! * Math.exp(sharpness * (before - pivot));
  }
}
