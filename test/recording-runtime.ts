import { type Graph, GuidanceError, type HostArray, type Port, type Runtime, type Tensor } from '@sega/guidance';

/** Feeds of one run of a graph, by the graph's component. */
export interface Recorded {
  readonly graph: string;
  readonly feeds: Readonly<Record<string, Tensor | HostArray>>;
}

/** A runtime that writes down what its graphs are fed, and may lie about their ports. */
export function recording(
  runtime: Runtime,
  runs: Recorded[] = [],
  ports: Readonly<Record<string, (port: Port) => Port>> = {},
): Runtime {
  return {
    name: runtime.name,
    get sessionMilliseconds() {
      return runtime.sessionMilliseconds;
    },
    createOps: () => runtime.createOps(),
    read: (tensor) => runtime.read(tensor),
    dispose: () => runtime.dispose(),
    [Symbol.asyncDispose]: () => runtime.dispose(),
    loadGraph: async (source): Promise<Graph> => {
      const graph = await runtime.loadGraph(source);
      const name = source.name.split(' ')[0]!;
      const declared = ports[name] ?? ((port: Port) => port);
      return {
        inputs: graph.inputs.map(declared),
        outputs: graph.outputs.map(declared),
        run: (feeds, ops) => {
          runs.push({ graph: name, feeds });
          return graph.run(feeds, ops);
        },
        dispose: () => graph.dispose(),
      };
    },
  };
}

/** `CODE: message` of the error some work ends with. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (GuidanceError.isInstance(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}
