import { failureOf } from '../failure.js';
import type { ReplyMessage, RequestMessage } from '../protocol.js';
import { Host } from './host.js';
import type { OrtBuild } from './onnxruntime.js';

interface WorkerScope {
  readonly name?: string;
  postMessage(message: ReplyMessage, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<RequestMessage>) => void;
}

/** Makes this worker a host that answers messages, with a build of ONNX Runtime. @internal */
export function serve(build: OrtBuild): void {
  const scope = globalThis as unknown as WorkerScope;
  // ONNX Runtime starts its own threads from the script it lies in, which is this one.
  if (scope.name?.startsWith('em-pthread')) return;
  const host = new Host(async () => build);
  scope.onmessage = async ({ data: { id, commands, request } }) => {
    try {
      const value = await host.answer(commands, request, (progress) => scope.postMessage({ id, progress }));
      scope.postMessage({ id, value }, value instanceof Float32Array ? [value.buffer as ArrayBuffer] : []);
    } catch (error) {
      scope.postMessage({ id, failure: failureOf(error) });
    }
  };
}
