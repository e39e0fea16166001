import type { JSX, TargetedPointerEvent } from 'preact';
import { activity, after, before } from '../drawing/studio.js';
import { Picture } from '../picture/picture.js';
import { changeView, settings, view } from '../settings/settings.js';
import { Progress } from './progress.js';

/** Pixels of the frame for each of the model's. */
const FACTOR = 6;

/** The picture, large: without the concepts on the left of the seam, with them on its right. */
export function Frame(): JSX.Element {
  const { wipe } = view.value;
  const isSteered = settings.value.concepts.some(({ strength }) => strength !== 0);
  const { prompt } = settings.value;
  const isBusy = activity.value.kind !== 'idle' && activity.value.kind !== 'failed';
  const place = isSteered ? wipe : 100;
  return (
    <div
      class="frame"
      style={{ '--wipe': `${place}%` }}
      aria-busy={isBusy}
      onPointerDown={(event) => {
        if (!isSteered || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        changeView({ wipe: placeOf(event) });
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) changeView({ wipe: placeOf(event) });
      }}
    >
      <div class="layer">
        {before.value && (
          <Picture
            image={before.value.image}
            isFinished={before.value.isFinished}
            factor={FACTOR}
            label={`Before: ${prompt}, without concepts`}
          />
        )}
      </div>
      {isSteered && (
        <>
          <div class={`layer top ${after.value ? '' : 'empty'}`}>
            {after.value && (
              <Picture
                image={after.value.image}
                isFinished={after.value.isFinished}
                factor={FACTOR}
                label={`After: ${prompt}, with concepts`}
              />
            )}
          </div>
          <span class="tag left" data-hidden={wipe < 14 || !before.value}>
            before
          </span>
          <span class="tag right" data-hidden={wipe > 86 || !before.value}>
            after
          </span>
          {before.value && (
            <div class="seam" aria-hidden="true">
              <span class="grip" />
            </div>
          )}
          <input
            type="range"
            class="wipe"
            min={0}
            max={100}
            value={wipe}
            aria-label="Wipe between before and after"
            aria-valuetext={`${wipe} percent before, ${100 - wipe} percent after`}
            onInput={({ currentTarget }) => changeView({ wipe: currentTarget.valueAsNumber })}
          />
        </>
      )}
      <Progress />
    </div>
  );
}

function placeOf({ currentTarget, clientX }: TargetedPointerEvent<HTMLDivElement>): number {
  const { left, width } = currentTarget.getBoundingClientRect();
  return Math.round(Math.min(100, Math.max(0, ((clientX - left) / width) * 100)));
}
