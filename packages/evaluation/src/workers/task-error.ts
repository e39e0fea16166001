import { type ErrorCode, GuidanceError } from '@sega/guidance';

/** An error as it goes from a worker to whoever waits for it. @internal */
export interface TaskError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** @internal */
export function packError(error: unknown): TaskError {
  if (GuidanceError.isInstance(error)) {
    return { code: error.code, message: error.message, details: plain(error.details) };
  }
  return { code: undefined, message: error instanceof Error ? error.message : String(error), details: {} };
}

/** The same error again; WORKER_FAILED where the worker met one it has no code for. @internal */
export function unpackError({ code, message, details }: TaskError): GuidanceError {
  if (code !== undefined) return new GuidanceError(code, message, { ...details });
  return new GuidanceError('WORKER_FAILED', `A worker failed: ${message}. Look at what it printed.`, {});
}

function plain(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(details));
  } catch {
    return {};
  }
}
