import type { JSX } from 'preact';

/** A number that may be left to the model. */
export function NumberField({
  id,
  label,
  hint,
  value,
  usual,
  step,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: number | undefined;
  /** What the model takes when the field is empty. */
  readonly usual: string;
  readonly step: number;
  readonly onChange: (value: number | undefined) => void;
}): JSX.Element {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        step={step}
        value={value ?? ''}
        placeholder={usual}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.valueAsNumber)}
      />
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
}
