import type { JudgeBundle, JudgeManifest } from '@sega/bundle';
import { type Graph, GuidanceError, type Image, type Runtime } from '@sega/guidance';

/** What a judge says of one picture. @category Judge */
export interface Judgement {
  /** By attribute: log-odds that the picture shows it. */
  readonly logits: Readonly<Record<string, number>>;
  /** What the judge's last layer but one saw; sets of pictures are compared by it. */
  readonly features: Float32Array;
}

/**
 * A classifier that says which attributes a picture shows. It counts successes in place of the people of the paper's user
 * study.
 *
 * @category Judge
 */
export interface Judge extends AsyncDisposable {
  readonly manifest: JudgeManifest;
  /** @throws SIZE_UNSUPPORTED when the picture has not the judge's size. */
  judge(image: Image): Promise<Judgement>;
}

/**
 * Loads a judge.
 *
 * @throws BUNDLE_INVALID when the graph is no judge's; GRAPH_LOAD
 *
 * @example
 * await using judge = await loadJudge(runtime, await openJudge(await locateBundle('@sega/tiny-faces#judge')));
 * const { images } = await generate(model, 'a portrait of a king');
 * probability((await judge.judge(images[0]!)).logits.crown!); // close to 1
 * @category Judge
 */
export async function loadJudge(runtime: Runtime, { manifest, graph: source }: JudgeBundle): Promise<Judge> {
  const graph = await runtime.loadGraph(source);
  checkPorts(graph, manifest);
  return {
    manifest,
    judge: async (image) => {
      checkSize(image, manifest);
      const ops = runtime.createOps();
      const { size } = manifest;
      const outputs = await graph.run({ pixels: { data: planes(image), shape: [1, 3, size, size] } }, ops);
      const [logits, features] = await Promise.all([runtime.read(outputs.logits!), runtime.read(outputs.features!)]);
      return { logits: Object.fromEntries(manifest.attributes.map((name, i) => [name, logits[i]!])), features };
    },
    [Symbol.asyncDispose]: () => graph.dispose(),
  };
}

/** 1 / (1 + e⁻ˣ) @category Judge */
export function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function planes({ width, height, data }: Image): Float32Array {
  const area = width * height;
  return Float32Array.from({ length: area * 3 }, (_, i) => data[(i % area) * 3 + Math.floor(i / area)]! / 127.5 - 1);
}

function checkPorts({ inputs, outputs }: Graph, { name, attributes }: JudgeManifest): void {
  const logits = outputs.find((port) => port.name === 'logits')?.shape.at(-1);
  const isJudge =
    inputs.length === 1 && inputs[0]!.name === 'pixels' && outputs.some((port) => port.name === 'features');
  if (isJudge && (typeof logits === 'string' || logits === attributes.length)) return;
  throw new GuidanceError(
    'BUNDLE_INVALID',
    `The graph of ${name} must take pixels and give features and logits, one for each of ${attributes.length} attributes; ` +
      `it takes ${inputs.map((port) => port.name).join(', ')} and gives ${outputs.map((port) => port.name).join(', ')}${logits === undefined ? '' : `, with ${logits} logits`}.`,
    { judge: name, attributes },
  );
}

/** @throws SIZE_UNSUPPORTED where pictures have not the judge's size. @internal */
export function checkSize(
  { width, height }: { readonly width: number; readonly height: number },
  { name, size }: JudgeManifest,
): void {
  if (width === size && height === size) return;
  throw new GuidanceError(
    'SIZE_UNSUPPORTED',
    `${name} judges pictures of ${size} × ${size}, not of ${width} × ${height}. Use a judge made for the model's pictures.`,
    { judge: name, size, width, height },
  );
}
