let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a task after all given before have ended. ONNX Runtime's WebAssembly must never be entered twice: loading and
 * running overlap neither with themselves nor with each other.
 *
 * @internal
 */
export function serialise<T>(task: () => Promise<T> | T): Promise<T> {
  const result = last.then(task);
  last = result.catch(() => undefined);
  return result;
}
