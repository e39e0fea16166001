import type { ComponentChildren, JSX } from 'preact';
import type { Drawing } from '../drawing/draw.js';
import { Picture } from '../picture/picture.js';

/** Pixels of a tile for each of the model's. */
export const TILE_FACTOR = 4;

/** A small picture to choose, or the place of one still to be drawn. */
export function Tile({
  drawing,
  label,
  isChosen,
  onChoose,
  children,
}: {
  readonly drawing: Drawing | undefined;
  readonly label: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" class="tile" aria-pressed={isChosen} aria-label={label} onClick={onChoose}>
      <span class="tile-picture" aria-hidden="true">
        {drawing && <Picture image={drawing.image} factor={TILE_FACTOR} />}
      </span>
      {children}
    </button>
  );
}
