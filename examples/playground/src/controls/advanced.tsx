import type { Model, Stage, Steps } from '@sega/guidance';
import { samplerNames } from '@sega/samplers';
import type { JSX } from 'preact';
import { loadedModel } from '../drawing/studio.js';
import { steeredStage } from '../drawing/wish.js';
import { change, settings } from '../settings/settings.js';
import { NumberField } from './number-field.js';

/** The knobs few need, folded away. Empty ones are the model's. */
export function Advanced(): JSX.Element {
  const { threshold, warmup, cooldown, momentum, scale, steps, sampler } = settings.value;
  const model = loadedModel.value?.model;
  const usual = model && { ...model.defaults, ...steeredStage(model).defaults };
  return (
    <details class="advanced">
      <summary>Advanced</summary>
      <div class="fields">
        <NumberField
          id="threshold"
          label="Threshold"
          hint="Share of values a concept leaves alone, 0 to 1"
          value={threshold}
          usual={String(usual?.concept.threshold ?? '')}
          step={0.01}
          onChange={(value) => change({ threshold: value })}
        />
        <NumberField
          id="warmup"
          label="Warm-up"
          hint="First step at which concepts act"
          value={warmup}
          usual={String(usual?.concept.warmup ?? 'a fifth')}
          step={1}
          onChange={(value) => change({ warmup: value })}
        />
        <NumberField
          id="cooldown"
          label="Cool-down"
          hint="First step at which they no longer do"
          value={cooldown}
          usual="never"
          step={1}
          onChange={(value) => change({ cooldown: value })}
        />
        <NumberField
          id="momentum"
          label="Momentum"
          hint="Past guidance added again, 0 to 1"
          value={momentum}
          usual={String(usual?.momentum?.scale ?? 0)}
          step={0.1}
          onChange={(value) => change({ momentum: value })}
        />
        <NumberField
          id="scale"
          label="Scale"
          hint="How closely the prompt is followed"
          value={scale}
          usual={String(usual?.scale ?? '')}
          step={0.5}
          onChange={(value) => change({ scale: value })}
        />
        <NumberField
          id="steps"
          label="Steps"
          hint="Times the network is asked"
          value={steps}
          usual={usual ? stepsInWords(usual.steps) : ''}
          step={1}
          onChange={(value) => change({ steps: value })}
        />
        <div class="field wide">
          <label for="sampler">Sampler</label>
          <select
            id="sampler"
            value={sampler ?? ''}
            onChange={({ currentTarget }) => change({ sampler: currentTarget.value || undefined })}
          >
            <option value="">{model ? `the model’s: ${samplersOf(model)}` : 'the model’s'}</option>
            {model &&
              SAMPLERS.filter((name) => takesSampler(model, name)).map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
          </select>
        </div>
      </div>
    </details>
  );
}

/** Of noise, and of tokens. */
const SAMPLERS = [...samplerNames, 'categorical', 'argmax', 'quantized'];

function takesSampler(model: Model, name: string): boolean {
  return mainStages(model).every((stage) => {
    try {
      return Boolean(stage.sampler(name));
    } catch {
      return false;
    }
  });
}

function samplersOf(model: Model): string {
  return [...new Set(mainStages(model).map((stage) => stage.sampler().name))].join(', then ');
}

function mainStages({ stages }: Model): readonly Stage[] {
  return stages.filter(({ auxiliary }) => !auxiliary);
}

function stepsInWords(steps: Steps): string {
  return typeof steps === 'object' ? String(steps.length) : String(steps);
}
