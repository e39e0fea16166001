import { GuidanceError } from '../errors.js';
import type { DataType, Port } from '../runtime.js';

const TYPES: readonly string[] = ['float32', 'float16', 'int32', 'int64', 'bool', 'uint8'] satisfies DataType[];

/** A port as ONNX Runtime describes it. @category Runtime */
export interface PortDescription {
  readonly name: string;
  /** Absent when the port is no tensor. */
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/**
 * The ports of a graph from ONNX Runtime's description.
 *
 * @throws GRAPH_LOAD for a type no tensor converts to.
 *
 * @example
 * portsOf('denoiser', 'input', [{ name: 'sample', type: 'float32', shape: ['batch', 4, 64, 64] }]);
 * @category Runtime
 */
export function portsOf(graph: string, direction: 'input' | 'output', ports: readonly PortDescription[]): Port[] {
  return ports.map(({ name, type, shape }) => {
    if (type !== undefined && shape && TYPES.includes(type)) return { name, type: type as DataType, shape };
    throw new GuidanceError(
      'GRAPH_LOAD',
      `${graph}: ${direction} "${name}" is ${type ? `of type ${type}` : 'not a tensor'}; ` +
        `graphs may use ${TYPES.join(', ')}. Export the model with one of these.`,
      { graph, [direction]: name, type },
    );
  });
}
