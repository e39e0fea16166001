import { CpuTensor, type HostArray, type Port, type Tensor } from '@sega/guidance';
import { checkFeedNames, checkFeedShape, checkWholeNumbers, type Feeds, toFloat16 } from '@sega/guidance/runtime-kit';
import type { PortArray, TensorMessage } from './session-protocol.js';

/**
 * Feeds checked against the graph's inputs, in arrays of the types they declare, ready to be posted.
 *
 * Tensors never change, so one that was fed to the same input just before is not sent again: in a step loop the encoded
 * texts are by far the largest input, and stay the same.
 *
 * @param last - What was fed before, by input; brought up to date.
 * @throws GRAPH_INPUT naming the input, what it expects and what it got.
 * @internal
 */
export function packFeeds(
  graph: string,
  inputs: readonly Port[],
  feeds: Feeds,
  last: Map<string, Tensor | HostArray>,
): TensorMessage[] {
  checkFeedNames(graph, inputs, feeds);
  const packed = inputs.flatMap((port): TensorMessage[] => {
    const feed = feeds[port.name] as CpuTensor | HostArray;
    if (feed instanceof CpuTensor && last.get(port.name) === feed) return [];
    const { data, shape } = feed;
    checkFeedShape(graph, port, shape, data.length);
    return [{ name: port.name, type: port.type, data: convert(graph, port, data), shape }];
  });
  for (const { name } of inputs) last.set(name, feeds[name]!);
  return packed;
}

function convert(graph: string, port: Port, data: HostArray['data']): PortArray {
  switch (port.type) {
    case 'float32':
      // Posting copies what it is given, and the whole buffer of a view.
      return data instanceof Float32Array && data.length * 4 === data.buffer.byteLength ? data : new Float32Array(data);
    case 'float16':
      return toFloat16(data);
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    default:
      return integers(graph, port, data);
  }
}

function integers(graph: string, port: Port, data: HostArray['data']): PortArray {
  checkWholeNumbers(graph, port, data);
  if (port.type === 'int64') {
    const whole = new BigInt64Array(data.length);
    for (let i = 0; i < whole.length; i++) whole[i] = BigInt(data[i]!);
    return whole;
  }
  return port.type === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
}
