import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { pair } from '../drawing/studio.js';
import { meanMap, touchedMaps, touchedShare } from '../drawing/touched.js';
import { conceptName } from '../settings/words.js';
import { HeatMap } from './heat-map.js';

const FRAME_MILLISECONDS = 160;

/** Which positions each concept touched, step by step, from the masks recorded while the picture was drawn. */
export function WherePanel(): JSX.Element {
  const step = useSignal(0);
  const isPlaying = useSignal(false);
  const maps = useComputed(() => pair.value?.after.recorded?.touched.map(touchedMaps) ?? []);
  const steps = maps.value[0]?.length ?? 0;
  useEffect(() => {
    if (!isPlaying.value || steps === 0) return;
    const timer = setInterval(() => {
      step.value = step.value >= steps ? 1 : step.value + 1;
    }, FRAME_MILLISECONDS);
    return () => clearInterval(timer);
  }, [isPlaying.value, steps]);
  const done = pair.value;
  if (!done) return <p class="lead">Shown as soon as the picture is drawn.</p>;
  if (steps === 0) return <p class="lead">Add a concept, and see which parts of the picture it touches.</p>;
  const shown = Math.min(step.value, steps);
  return (
    <>
      <p class="lead">
        Only the strongest part of a concept’s direction is kept. Lit positions were touched
        {shown === 0 ? ', over all steps.' : ` at step ${shown} of ${steps}.`}
      </p>
      <div class="heat-maps">
        {maps.value.map((ofConcept, i) => {
          const { text, strength } = done.wish.concepts[i]!;
          const map = shown === 0 ? meanMap(ofConcept) : ofConcept[shown - 1]!;
          const share = `${Math.round(touchedShare(map) * 100)} %`;
          return (
            <figure key={`${i} ${text}`} class={strength < 0 ? 'away' : 'toward'}>
              <HeatMap
                image={done.after.image}
                map={map}
                label={`${conceptName(text)} touched ${share} of the picture`}
              />
              <figcaption>
                {conceptName(text)} <small>{share}</small>
              </figcaption>
            </figure>
          );
        })}
      </div>
      <div class="row">
        <button
          type="button"
          onClick={() => {
            isPlaying.value = !isPlaying.value;
          }}
        >
          {isPlaying.value ? 'Pause' : 'Play'}
        </button>
        <input
          type="range"
          min={0}
          max={steps}
          value={shown}
          aria-label="Step"
          aria-valuetext={shown === 0 ? 'all steps' : `step ${shown} of ${steps}`}
          onInput={({ currentTarget }) => {
            isPlaying.value = false;
            step.value = currentTarget.valueAsNumber;
          }}
        />
        <span class="step-name">{shown === 0 ? 'all steps' : `step ${shown}`}</span>
      </div>
    </>
  );
}
