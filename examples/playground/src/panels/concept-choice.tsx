import type { JSX } from 'preact';
import { settings } from '../settings/settings.js';
import { conceptName } from '../settings/words.js';

/** Which of several concepts a panel is about. */
export function ConceptChoice({
  chosen,
  onChoose,
}: {
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}): JSX.Element | null {
  const { concepts } = settings.value;
  if (concepts.length < 2) return null;
  return (
    <fieldset class="choice">
      <legend class="unseen">Concept</legend>
      {concepts.map(({ text }, index) => (
        <label key={`${index} ${text}`}>
          <input type="radio" name="swept" checked={index === chosen} onChange={() => onChoose(index)} />
          <span>{conceptName(text)}</span>
        </label>
      ))}
    </fieldset>
  );
}
