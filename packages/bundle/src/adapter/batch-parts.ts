import type { Tensor, TensorOps } from '@sega/guidance';

/** Some branches of some pictures, predicted in one run. @internal */
export interface Part {
  /** From, until. */
  readonly branches: readonly [number, number];
  readonly pictures: readonly [number, number];
}

/** What a batch is divided by. @internal */
export interface Division {
  readonly pictures: number;
  readonly branches: number;
  /** Rows (one picture on one branch) a run may take. */
  readonly maxRows: number;
  /** Runs at the same time. */
  readonly lanes: number;
  /** What a run costs for each picture, whatever its branches, when a row costs 1. */
  readonly perPicture: number;
}

/**
 * Divides pictures × branches into parts of equal size, as few as the bound on rows and the lanes allow, so that the
 * dearest lane costs least. Parts of the same pictures follow one another.
 *
 * @internal
 */
export function divide({ pictures, branches, maxRows, lanes, perPicture }: Division): readonly Part[] {
  let best: { readonly cost: number; readonly parts: readonly Part[] } | undefined;
  for (let byPicture = 1; byPicture <= pictures; byPicture++) {
    const ofPictures = ranges(pictures, byPicture);
    for (let byBranch = 1; byBranch <= branches; byBranch++) {
      const ofBranches = ranges(branches, byBranch);
      const [height, width] = [Math.ceil(pictures / byPicture), Math.ceil(branches / byBranch)];
      if (height * width > maxRows && height * width > 1) continue;
      const count = ofPictures.length * ofBranches.length;
      const cost = Math.ceil(count / lanes) * height * (perPicture + width);
      if (best && (cost > best.cost || (cost === best.cost && count >= best.parts.length))) continue;
      const parts = ofPictures.flatMap((range) => ofBranches.map((other) => ({ pictures: range, branches: other })));
      best = { cost, parts };
    }
  }
  return best!.parts;
}

/** `count` nearly equal ranges of 0 … extent. */
function ranges(extent: number, count: number): (readonly [number, number])[] {
  const size = Math.ceil(extent / count);
  const starts = Array.from({ length: Math.ceil(extent / size) }, (_, i) => i * size);
  return starts.map((start) => [start, Math.min(start + size, extent)]);
}

/** How many there are from one number until another. @internal */
export function extent([from, until]: readonly [number, number]): number {
  return until - from;
}

/** The rows of one branch in a part's output, if it is there. @internal */
export function ofBranch(values: Tensor, { pictures, branches }: Part, index: number, ops: TensorOps): Tensor[] {
  if (index < branches[0] || index >= branches[1]) return [];
  const [items, place] = [extent(pictures), index - branches[0]];
  return [extent(branches) === 1 ? values : ops.slice(values, place * items, (place + 1) * items)];
}
