import type { JSX } from 'preact';
import { change, changeConcept, type SignedConcept, settings } from '../settings/settings.js';
import { conceptName } from '../settings/words.js';
import { SignedSlider } from './signed-slider.js';

/** Where the keyboard goes on when a concept is gone. */
export const CONCEPTS_HEADING = 'concepts-heading';

/** One concept: its name, which way and how strongly it steers, and a way to be rid of it. */
export function ConceptRow({
  concept,
  index,
}: {
  readonly concept: SignedConcept;
  readonly index: number;
}): JSX.Element {
  const { text, strength } = concept;
  const name = conceptName(text);
  return (
    <li class={`concept ${strength < 0 ? 'away' : strength > 0 ? 'toward' : 'off'}`}>
      <span class="concept-name" title={text}>
        {name}
      </span>
      <span class="concept-strength" aria-hidden="true">
        {inWords(strength)}
      </span>
      <button
        type="button"
        class="remove"
        aria-label={`Remove ${name}`}
        onClick={() => {
          change({ concepts: settings.peek().concepts.filter((_, i) => i !== index) });
          document.getElementById(CONCEPTS_HEADING)?.focus();
        }}
      >
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2.5 2.5l7 7m0-7l-7 7" />
        </svg>
      </button>
      <SignedSlider
        label={`Strength of ${name}`}
        value={strength}
        inWords={inWords(strength)}
        onInput={(value) => changeConcept(index, { strength: value })}
      />
    </li>
  );
}

function inWords(strength: number): string {
  if (strength === 0) return 'off';
  return strength < 0 ? `away ${-strength}` : `toward ${strength}`;
}
