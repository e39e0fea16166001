import { GuidanceError } from '@sega/guidance';
import type { Failure } from './protocol.js';

/** An error as data that a worker may post. @internal */
export function failureOf(error: unknown): Failure {
  if (!GuidanceError.isInstance(error)) {
    return { code: 'GRAPH_RUN', message: error instanceof Error ? error.message : String(error), details: {} };
  }
  const { code, message, details } = error;
  return { code, message, details };
}

/** @internal */
export function errorOf({ code, message, details }: Failure): GuidanceError {
  return new GuidanceError(code, message, { ...details });
}
