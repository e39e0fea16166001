import type { CascadeStage } from '@sega/bundle';
import type { StateSize, UNet } from '@sega/bundle/adapter';
import {
  type BranchConditions,
  IMAGE_LAYOUT,
  type Predictions,
  type Sampler,
  type Space,
  type Stage,
  type StageDefaults,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { samplerOf } from './sampler.js';

/** What a stage is made of. @internal */
export interface StageParts {
  readonly name: string;
  readonly manifest: CascadeStage;
  readonly schedulerConfig: unknown;
  readonly denoiser: UNet;
  readonly size: StateSize;
  /** Absent in the first stage. */
  readonly condition: Stage['condition'];
}

/** One stage of the cascade. @internal */
export class CascadeStageModel implements Stage {
  readonly name: string;
  readonly layout = IMAGE_LAYOUT;
  readonly space: Space;
  readonly defaults: StageDefaults;
  readonly condition?: NonNullable<Stage['condition']>;
  readonly #parts: StageParts;

  constructor(parts: StageParts) {
    const { name, manifest, condition } = parts;
    this.#parts = parts;
    this.name = name;
    this.defaults = { steps: manifest.timesteps, scale: manifest.scale };
    if (condition) this.condition = condition;
    // What the scheduler file says this package cannot follow is refused now and not at the first run.
    const sampler = this.sampler();
    this.space = sampler.space;
    sampler.schedule(manifest.timesteps);
  }

  sampler(name?: string): Sampler {
    const { schedulerConfig, manifest } = this.#parts;
    return samplerOf(schedulerConfig, manifest.sampler, name);
  }

  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[] {
    return this.#parts.size.shape(size);
  }

  predict(
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    ops: TensorOps,
    condition?: Tensor,
  ): Promise<Predictions> {
    return this.#parts.denoiser.predict(x, step, branches, ops, condition);
  }
}
