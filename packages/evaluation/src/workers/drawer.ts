import type { Image } from '@sega/guidance';
import type { DrawSettings, ModelIdentity } from '../picture-job.js';
import type { Unit } from '../unit.js';

/** A unit with all it takes to draw it, wherever that is done: what is sent to a worker. @category Workers */
export interface DrawTask {
  readonly model: ModelIdentity;
  readonly settings: DrawSettings;
  readonly unit: Unit;
}

/** Draws units: in this process, in several, or on other machines. @category Workers */
export interface Drawer extends AsyncDisposable {
  /** Tasks in flight at the same time that keep it busy. */
  readonly width: number;
  /** The pictures of a task, in the order of their seeds. */
  draw(task: DrawTask, signal?: AbortSignal): Promise<readonly Image[]>;
}
