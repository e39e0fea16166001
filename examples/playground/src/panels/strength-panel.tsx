import type { JSX } from 'preact';
import type { Drawing } from '../drawing/draw.js';
import { changeConcept, changeView, settings, view } from '../settings/settings.js';
import { conceptName } from '../settings/words.js';
import { ConceptChoice } from './concept-choice.js';
import { Tile } from './tile.js';
import { useDrawings } from './use-drawings.js';

const STRENGTHS = [-9, -6, -3, 0, 3, 6, 9] as const;
const NOTHING = STRENGTHS.indexOf(0);

/** One concept from far away to far toward, all else as it is: the stronger, the more of it. */
export function StrengthPanel(): JSX.Element {
  const { concepts } = settings.value;
  const index = Math.min(view.value.swept, concepts.length - 1);
  const swept = concepts[index];
  const drawings = useDrawings(
    ({ wish }) =>
      swept
        ? STRENGTHS.map((strength) => ({
            wish: {
              ...wish,
              concepts: concepts
                .map((concept, i) => (i === index ? { ...concept, strength } : concept))
                .filter((concept) => concept.strength !== 0),
            },
          }))
        : [],
    String(index),
  );
  if (!swept) return <p class="lead">Add a concept, and see it grow with its strength.</p>;
  const changes = drawings.value.map((drawing) => changeFrom(drawings.value[NOTHING], drawing));
  const most = Math.max(...changes.map((amount) => amount ?? 0), 1e-9);
  return (
    <>
      <p class="lead">The stronger, the more of it. Bars show how much of the picture changed.</p>
      <ConceptChoice chosen={index} onChoose={(i) => changeView({ swept: i })} />
      <div class="tiles strip">
        {STRENGTHS.map((strength, i) => (
          <Tile
            key={strength}
            drawing={drawings.value[i]}
            label={`${conceptName(swept.text)} ${strength}${changes[i] === undefined ? '' : `, ${percent(changes[i])} changed`}`}
            isChosen={swept.strength === strength}
            onChoose={() => changeConcept(index, { strength })}
          >
            <span class={`bar ${strength < 0 ? 'away' : 'toward'}`} aria-hidden="true">
              <span style={{ height: `${((changes[i] ?? 0) / most) * 100}%` }} />
            </span>
            {signed(strength)}
          </Tile>
        ))}
      </div>
    </>
  );
}

/** Mean difference of two pictures, within [0, 1]. */
function changeFrom(base: Drawing | undefined, drawing: Drawing | undefined): number | undefined {
  if (!base || !drawing) return undefined;
  const { data } = drawing.image;
  const sum = data.reduce((total, value, i) => total + Math.abs(value - base.image.data[i]!), 0);
  return sum / data.length / 255;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} percent`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value).replace('-', '−');
}
