import type { JSX } from 'preact';
import { change, settings } from '../settings/settings.js';
import { Tile } from './tile.js';
import { useDrawings } from './use-drawings.js';

const IN_A_ROW = 6;

/** The same edit on neighbouring seeds. */
export function SeedsPanel(): JSX.Element {
  const { seed } = settings.value;
  const first = Math.max(0, Math.floor(seed / IN_A_ROW) * IN_A_ROW || 0);
  const seeds = Array.from({ length: IN_A_ROW }, (_, i) => first + i);
  const drawings = useDrawings(({ wish }) => seeds.map((one) => ({ wish: { ...wish, seed: one } })), String(first));
  return (
    <>
      <p class="lead">The same edit on other faces. Choose one to steer it.</p>
      <div class="tiles">
        {seeds.map((one, i) => (
          <Tile
            key={one}
            drawing={drawings.value[i]}
            label={`Seed ${one}`}
            isChosen={one === seed}
            onChoose={() => change({ seed: one })}
          >
            {one}
          </Tile>
        ))}
      </div>
      <div class="row">
        <button type="button" disabled={first === 0} onClick={() => change({ seed: Math.max(0, seed - IN_A_ROW) })}>
          Earlier seeds
        </button>
        <button type="button" onClick={() => change({ seed: seed + IN_A_ROW })}>
          Later seeds
        </button>
      </div>
    </>
  );
}
