import { failureOf } from './failure.js';
import { Host } from './host/host.js';
import type { ReplyMessage, RequestMessage } from './protocol.js';

// The worker's script: a host that answers messages.
const host = new Host();
const scope = globalThis as unknown as {
  postMessage(message: ReplyMessage, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<RequestMessage>) => void;
};

scope.onmessage = async ({ data: { id, commands, request } }) => {
  try {
    const value = await host.answer(commands, request, (progress) => scope.postMessage({ id, progress }));
    scope.postMessage({ id, value }, value instanceof Float32Array ? [value.buffer as ArrayBuffer] : []);
  } catch (error) {
    scope.postMessage({ id, failure: failureOf(error) });
  }
};
