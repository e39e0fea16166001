export { blur } from './blur.js';
export { type BundleJudge, bundleJudge } from './bundle-judge.js';
export { ALL_CONCEPTS, CATEGORIES, type Category } from './categories.js';
export { describePreset, describeSettings } from './describe-preset.js';
export { type FairOptions, type FairState, fair } from './fair.js';
export { JUDGE_ACTIONS, type JudgeAction, type JudgedResult, judge, type PictureJudge, type Verdict } from './judge.js';
export {
  SAFETY_PRESETS,
  type SafetyMethod,
  type SafetyPreset,
  type SafetySettings,
  STRENGTHS,
  type Strength,
} from './preset.js';
export { type SafetyOptions, type SafetyState, safe } from './safe.js';
export { safetyText } from './safety-text.js';
