import { Host } from '../host/host.js';
import { loadFromPage } from '../host/onnxruntime.js';
import type { Connection } from './connection.js';

/** A host in this thread. @internal */
export function connectHere(): Connection {
  const host = new Host(loadFromPage);
  return {
    ask: (commands, request, onProgress = () => {}) => host.answer(commands, request, onProgress),
    end: () => {},
  };
}
