import type { JSX } from 'preact';
import { MODELS, modelEntry } from '../models/models.js';
import { change, settings } from '../settings/settings.js';

/** Which model draws. A change keeps the prompt, the seed and the concepts, not what belongs to the model. */
export function ModelPicker(): JSX.Element {
  const { model } = settings.value;
  const known = MODELS.some(({ id }) => id === model);
  const entries = known ? MODELS : [...MODELS, modelEntry(model)];
  return (
    <fieldset class="models">
      <legend>Model</legend>
      <div class="segments">
        {entries.map(({ id, name, medium }) => (
          <label key={id}>
            <input
              type="radio"
              name="model"
              value={id}
              checked={id === model}
              onChange={() => change({ model: id, steps: undefined, sampler: undefined, scale: undefined })}
            />
            <span>
              {name} <small>{medium}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
