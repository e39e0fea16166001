import type { JSX } from 'preact';
import { change, settings } from '../settings/settings.js';

/** Random seeds are below this, so that they stay easy to read. */
const RANDOM_SEEDS = 10_000;

/** Which noise a picture begins with. */
export function SeedField(): JSX.Element {
  return (
    <div class="seed">
      <label for="seed">Seed</label>
      <input
        id="seed"
        type="number"
        inputMode="numeric"
        min={0}
        step={1}
        value={settings.value.seed}
        onChange={({ currentTarget }) => change({ seed: currentTarget.valueAsNumber })}
      />
      <button type="button" onClick={() => change({ seed: Math.floor(Math.random() * RANDOM_SEEDS) })}>
        Another face
      </button>
    </div>
  );
}
