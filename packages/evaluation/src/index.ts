export { ATTRIBUTES, type Attribute, FACE_PROMPT, GENDER } from './attributes.js';
export {
  drawSettings,
  type EvaluateOptions,
  type Evaluation,
  type EvaluationReport,
  evaluate,
  type SettingChanges,
} from './evaluate.js';
export { type Judge, type Judgement, loadJudge, probability } from './judge.js';
export type { SafetyGuidance } from './method-guidance.js';
export type { ConceptData, DrawSettings, MethodData, ModelIdentity, PictureJob, SafetyData } from './picture-job.js';
export { type Prompt, readPrompts } from './prompt-set.js';
export type { JudgedPicture, Progress, Study } from './study.js';
export type { Count, Section, SheetRow, Table, TableResult } from './table.js';
export { TABLES, tableOf } from './tables.js';
export type { Unit } from './unit.js';
export type { Drawer, DrawTask } from './workers/drawer.js';
export { LocalDrawer, type OpenedModel, type OpenModel } from './workers/local-drawer.js';
export { ProcessDrawer } from './workers/process-drawer.js';
export { openQueueDrawer, type QueueDrawerOptions } from './workers/queue-drawer.js';
export { serveParent } from './workers/serve-parent.js';
export { type ServeQueueOptions, serveQueue } from './workers/serve-queue.js';
