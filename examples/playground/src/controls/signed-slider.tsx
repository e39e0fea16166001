import type { JSX } from 'preact';

/** Strengths beyond this only harm a picture. */
export const STRONGEST = 12;

/** A slider with nothing in its middle: filled to the left for negative values, to the right for positive ones. */
export function SignedSlider({
  label,
  value,
  inWords,
  onInput,
}: {
  readonly label: string;
  readonly value: number;
  readonly inWords: string;
  readonly onInput: (value: number) => void;
}): JSX.Element {
  const place = (value + STRONGEST) / (2 * STRONGEST);
  return (
    <input
      type="range"
      class="signed"
      min={-STRONGEST}
      max={STRONGEST}
      step={0.5}
      value={value}
      aria-label={label}
      aria-valuetext={inWords}
      style={{ '--from': Math.min(0.5, place), '--to': Math.max(0.5, place) }}
      onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
    />
  );
}
