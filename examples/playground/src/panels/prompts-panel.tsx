import type { JSX } from 'preact';
import type { Drawing } from '../drawing/draw.js';
import { pair } from '../drawing/studio.js';
import { Picture } from '../picture/picture.js';
import { changeView, view } from '../settings/settings.js';
import { TILE_FACTOR } from './tile.js';
import { useDrawings } from './use-drawings.js';

/** The concept vector recorded from the picture, added to other prompts; their concepts are never predicted. */
export function PromptsPanel(): JSX.Element {
  const { prompts } = view.value;
  const drawings = useDrawings(({ wish, after }) => {
    const vector = after.recorded?.vector;
    if (!vector) return [];
    return prompts.flatMap((prompt) => {
      const plain = { ...wish, prompt, concepts: [] };
      return [{ wish: plain }, { wish: plain, replayed: vector }];
    });
  }, prompts.join('\n'));
  if (pair.value && !pair.value.after.recorded) {
    return <p class="lead">Add a concept: what it does to this picture can be applied to other prompts.</p>;
  }
  return (
    <>
      <p class="lead">
        What the concepts did here, recorded and added to other prompts of the same seed, without asking for the
        concepts again.
      </p>
      <div class="transfers">
        {prompts.map((prompt, i) => (
          <div key={i} class="transfer">
            <div class="transfer-pictures">
              <Half drawing={drawings.value[i * 2]} label={`${prompt}, before`} />
              <Half drawing={drawings.value[i * 2 + 1]} label={`${prompt}, with the concept vector`} />
            </div>
            <input
              type="text"
              aria-label={`Prompt ${i + 1}`}
              value={prompt}
              onChange={({ currentTarget }) =>
                changeView({ prompts: prompts.map((one, k) => (k === i ? currentTarget.value : one)) })
              }
            />
          </div>
        ))}
      </div>
    </>
  );
}

function Half({ drawing, label }: { readonly drawing: Drawing | undefined; readonly label: string }): JSX.Element {
  return (
    <span class="tile-picture">{drawing && <Picture image={drawing.image} factor={TILE_FACTOR} label={label} />}</span>
  );
}
