import { fileURLToPath } from 'node:url';
import { type Bundle, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { type Graph, GuidanceError, type HostArray, type Runtime, type Tensor } from '@sega/guidance';

/** Path of something under test/fixtures. */
export const fixture = (path: string): string => fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));

/** The folder of the untrained model. */
export const RANDOM_DIFFUSION: string = fixture('random-diffusion');

/** The untrained model, with another UNet in its place when one is named. */
export async function randomDiffusion(unet?: string): Promise<Bundle> {
  const bundle = await openBundle(folder(RANDOM_DIFFUSION));
  if (!unet) return bundle;
  const location = fixture(`unets/${unet}.onnx`);
  return {
    ...bundle,
    graph: (component) => (component === 'denoiser' ? { name: component, location } : bundle.graph(component)),
  };
}

/** Feeds of one run of a graph, by the graph's name. */
export interface Recorded {
  readonly graph: string;
  readonly feeds: Readonly<Record<string, Tensor | HostArray>>;
}

/** A runtime that writes down what its graphs are fed. */
export function recording(runtime: Runtime, runs: Recorded[]): Runtime {
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
      return {
        inputs: graph.inputs,
        outputs: graph.outputs,
        run: (feeds, ops) => {
          runs.push({ graph: source.name.split(' ')[0]!, feeds });
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
