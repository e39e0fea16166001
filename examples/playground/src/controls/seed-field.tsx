import type { JSX } from 'preact';
import { change, settings } from '../settings/settings.js';

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
    </div>
  );
}
