import type { JSX } from 'preact';
import { EXAMPLES } from '../settings/examples.js';
import { change, settings } from '../settings/settings.js';
import { KNOWN_PROMPTS } from '../settings/words.js';

/** What the picture shows; drawn when it is left or Enter is pressed. */
export function PromptField(): JSX.Element {
  return (
    <div class="prompt">
      <label for="prompt">Prompt</label>
      <input
        id="prompt"
        type="text"
        list="known-prompts"
        autocomplete="off"
        value={settings.value.prompt}
        onChange={({ currentTarget }) => change({ prompt: currentTarget.value.trim() })}
      />
      <datalist id="known-prompts">
        {KNOWN_PROMPTS.map((prompt) => (
          <option key={prompt} value={prompt} />
        ))}
      </datalist>
      <fieldset class="examples">
        <legend>Try</legend>
        {EXAMPLES.map(({ name, settings: example }) => (
          <button key={name} type="button" class="quiet" onClick={() => change(example)}>
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
