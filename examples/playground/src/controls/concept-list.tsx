import { useSignal } from '@preact/signals';
import { GuidanceError, toward } from '@sega/guidance';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { loadedModel } from '../drawing/studio.js';
import { change, settings } from '../settings/settings.js';
import { KNOWN_CONCEPTS } from '../settings/words.js';
import { CONCEPTS_HEADING, ConceptRow } from './concept-row.js';

/** A new concept's strength until the model says what suits it. */
const USUAL_STRENGTH = 6;

/** The concepts, and ways to add one. */
export function ConceptList(): JSX.Element {
  const { concepts } = settings.value;
  const list = useRef<HTMLUListElement>(null);
  const text = useSignal('');
  const problem = useSignal('');
  const add = (added: string): void => {
    try {
      toward(added);
      const strength = loadedModel.peek()?.model.defaults.concept.scale ?? USUAL_STRENGTH;
      change({ concepts: [...concepts, { text: added.trim(), strength }] });
      text.value = '';
      problem.value = '';
      // Its slider is what comes next, and what was pressed may be gone.
      requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('li:last-child input')?.focus());
    } catch (error) {
      problem.value = GuidanceError.isInstance(error) ? error.message : String(error);
    }
  };
  const unused = KNOWN_CONCEPTS.filter(([, known]) => !concepts.some((concept) => concept.text === known));
  return (
    <div class="concepts">
      <h2 id={CONCEPTS_HEADING} tabIndex={-1}>
        Concepts
      </h2>
      {concepts.length === 0 && <p class="hint">None yet. Add one and watch what changes, and what does not.</p>}
      <ul ref={list}>
        {concepts.map((concept, index) => (
          <ConceptRow key={`${index} ${concept.text}`} concept={concept} index={index} />
        ))}
      </ul>
      <form
        class="add"
        onSubmit={(event) => {
          event.preventDefault();
          add(text.peek());
        }}
      >
        <label for="concept" class="unseen">
          New concept
        </label>
        <input
          id="concept"
          type="text"
          placeholder="Another concept"
          autocomplete="off"
          value={text.value}
          aria-describedby={problem.value ? 'concept-problem' : undefined}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <button type="submit">Add</button>
      </form>
      {problem.value && (
        <p id="concept-problem" class="problem-line" role="alert">
          {problem.value}
        </p>
      )}
      <fieldset class="suggestions">
        <legend class="unseen">Concepts the models know</legend>
        {unused.map(([name, known]) => (
          <button key={name} type="button" class="chip" aria-label={`Add ${name}`} onClick={() => add(known)}>
            <span class="plus" aria-hidden="true">
              +
            </span>{' '}
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
