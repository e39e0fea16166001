import { type DataType, GuidanceError, type Port } from '@sega/guidance';
import type { PortMessage } from './session-protocol.js';

const TYPES: readonly string[] = ['float32', 'float16', 'int32', 'int64', 'bool', 'uint8'] satisfies DataType[];

/** The ports of a graph from ONNX Runtime's description. @throws GRAPH_LOAD for a type no tensor converts to. @internal */
export function portsOf(graph: string, direction: 'input' | 'output', messages: readonly PortMessage[]): Port[] {
  return messages.map(({ name, type, shape }) => {
    if (type !== undefined && shape && TYPES.includes(type)) return { name, type: type as DataType, shape };
    throw new GuidanceError(
      'GRAPH_LOAD',
      `${graph}: ${direction} "${name}" is ${type ? `of type ${type}` : 'not a tensor'}; ` +
        `graphs may use ${TYPES.join(', ')}. Export the model with one of these.`,
      { graph, [direction]: name, type },
    );
  });
}

/** A shape for messages: `[batch, 4, 64, 64]`, or `scalar`. @internal */
export function formatShape(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'scalar' : `[${shape.join(', ')}]`;
}
