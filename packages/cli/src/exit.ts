import { type ErrorCode, GuidanceError } from '@sega/guidance';
import { CommanderError } from 'commander';

/** What the shell is told. @internal */
export const EXIT = { done: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** The codes that mean the request, not the work, was at fault. */
const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ATTRIBUTE_UNKNOWN',
  'BUNDLE_NOT_FOUND',
  'EMBEDDING_MISSING',
  'FAMILY_MISMATCH',
  'JUDGE_MISSING',
  'LICENSE_NOT_ACCEPTED',
  'MODEL_UNKNOWN',
  'OPTION_INVALID',
  'OUTPUT_UNWRITABLE',
  'PROMPTS_INVALID',
  'PROMPT_EMPTY',
  'SAMPLER_OPTION_UNSUPPORTED',
  'SAMPLER_UNKNOWN',
  'SEED_INVALID',
  'SIZE_UNSUPPORTED',
  'STAGE_UNKNOWN',
  'STEPS_INVALID',
  'TRACE_INVALID',
  'TRACE_MISMATCH',
  'UNSUPPORTED',
]);

/** How to say an error, and what to exit with. @internal */
export interface ErrorReport {
  readonly exitCode: number;
  /** Absent when there is nothing left to say. */
  readonly text?: string;
}

/**
 * `error CODE: message`, or `{"error":{code, message, details}}` when the output is JSON; the stack only in debug mode.
 *
 * @internal
 */
export function reportError(
  thrown: unknown,
  { json = false, debug = false }: { json?: boolean; debug?: boolean },
): ErrorReport {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return { exitCode: EXIT.done };
  const { code, message, details } = describe(thrown);
  const exitCode = code === 'ABORTED' ? EXIT.interrupted : USAGE.has(code as ErrorCode) ? EXIT.usage : EXIT.failure;
  const line = json ? JSON.stringify({ error: { code, message, details } }) : `error ${code}: ${message}`;
  return { exitCode, text: debug ? `${line}\n${trace(thrown)}\n` : `${line}\n` };
}

function describe(thrown: unknown): { code: string; message: string; details: Readonly<Record<string, unknown>> } {
  if (GuidanceError.isInstance(thrown)) return thrown;
  if (thrown instanceof CommanderError) {
    // Commander puts its own "error: " in front, and a suggestion on a line of its own.
    const message = thrown.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    return {
      code: 'OPTION_INVALID',
      message: `${message.replace(/\.$/, '')}. See sega --help.`,
      details: { reason: thrown.code },
    };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'UNEXPECTED', message: `${message} (run again with --debug for the stack trace)`, details: {} };
}

function trace(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return `${thrown.stack}${thrown.cause === undefined ? '' : `\ncaused by ${trace(thrown.cause)}`}`;
}
