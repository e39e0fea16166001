/**
 * Every way this SDK refuses to work. Codes are stable; messages may change.
 *
 * @category Errors
 */
export type ErrorCode =
  | 'ABORTED'
  | 'ATTRIBUTE_UNKNOWN'
  | 'BRANCH_NOT_PREDICTED'
  | 'BUNDLE_FILE_CORRUPT'
  | 'BUNDLE_FILE_MISSING'
  | 'BUNDLE_INVALID'
  | 'BUNDLE_NOT_FOUND'
  | 'DEVICE_LOST'
  | 'DISPOSED'
  | 'EMBEDDING_MISSING'
  | 'FAMILY_MISMATCH'
  | 'GRAPH_INPUT'
  | 'GRAPH_LOAD'
  | 'GRAPH_RUN'
  | 'JUDGE_INVALID'
  | 'JUDGE_MISSING'
  | 'LICENSE_NOT_ACCEPTED'
  | 'MODEL_UNKNOWN'
  | 'NOT_FINITE'
  | 'OPTION_INVALID'
  | 'OUT_OF_MEMORY'
  | 'OUTPUT_UNWRITABLE'
  | 'PREDICTION_SHAPE'
  | 'PROMPT_EMPTY'
  | 'PROMPTS_INVALID'
  | 'QUEUE_UNREACHABLE'
  | 'RUNTIME_UNAVAILABLE'
  | 'SAMPLER_UNKNOWN'
  | 'SAMPLER_OPTION_UNSUPPORTED'
  | 'SEED_INVALID'
  | 'SIZE_UNSUPPORTED'
  | 'STAGE_UNKNOWN'
  | 'STEPS_INVALID'
  | 'TOKENIZER_INVALID'
  | 'TOKENS_INVALID'
  | 'TRACE_INVALID'
  | 'TRACE_MISMATCH'
  | 'UNSUPPORTED'
  | 'WORKER_FAILED';

const MARKER = Symbol.for('sega.error');

/**
 * An error of this SDK: a stable `code`, a message that says what happened, the rule and the fix, and the values as
 * data in `details`.
 *
 * @example
 * try {
 *   scale(Number.NaN);
 * } catch (error) {
 *   if (GuidanceError.isInstance(error)) error.code; // 'OPTION_INVALID'
 * }
 * @category Errors
 */
export class GuidanceError extends Error {
  /** Stable, for programs to decide by. */
  readonly code: ErrorCode;
  /** The values the message names. */
  readonly details: Readonly<Record<string, unknown>>;
  /** @internal */
  readonly [MARKER] = true;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GuidanceError';
    this.code = code;
    this.details = details;
  }

  /** True for errors of this SDK, also of another copy of this package. */
  static isInstance(error: unknown): error is GuidanceError {
    return typeof error === 'object' && error !== null && MARKER in error;
  }
}
