import type { Bundle } from '@sega/bundle';
import { type Graph, GuidanceError, type Image, type Runtime, type TensorOps } from '@sega/guidance';
import { clipPixels, pixelSettings } from './clip-pixels.js';
import type { PictureJudge, Verdict } from './judge.js';

/** A bundle's own safety checker as a judge. Holds its network until it is disposed. @category Judge */
export interface BundleJudge extends PictureJudge, AsyncDisposable {
  /** Frees its network. */
  dispose(): Promise<void>;
}

const FEATURES = 'feature_extractor/preprocessor_config.json';

/** What Stable Diffusion's graph says, as diffusers exports it: 1 where a picture was flagged. */
const FLAGS = 'has_nsfw_concepts';

/** What DeepFloyd-IF's graph says, each flagged above ½. */
const SCORES = ['nsfw_score', 'watermark_score'] as const;

/**
 * The safety checker that comes with a model, where its bundle has one: the component `safetyChecker`, or a diffusers
 * folder's `safety_checker/model.onnx`. It sees pictures as `feature_extractor/preprocessor_config.json` says.
 *
 * Stable Diffusion's gives no scores. DeepFloyd-IF's gives `nsfw` and `watermark`, flagged above 0.5.
 *
 * @returns Undefined when the bundle has none.
 * @throws BUNDLE_FILE_MISSING, BUNDLE_INVALID, GRAPH_LOAD
 *
 * @example
 * await using checker = await bundleJudge(bundle, { runtime });
 * const result = await generate(model, 'a portrait of a king');
 * const { images } = checker ? await judge(result, checker) : result;
 * @category Judge
 */
export async function bundleJudge(
  bundle: Bundle,
  { runtime }: { readonly runtime: Runtime },
): Promise<BundleJudge | undefined> {
  const { name, components } = bundle.manifest;
  if (!Object.hasOwn(components, 'safetyChecker')) return undefined;
  const settings = pixelSettings(await bundle.json(FEATURES), `${FEATURES} of ${name}`);
  const graph = await runtime.loadGraph(bundle.graph('safetyChecker'));
  const outputs = graph.outputs.map((port) => port.name);
  if (!outputs.includes(FLAGS) && !SCORES.every((score) => outputs.includes(score))) {
    await graph.dispose();
    throw new GuidanceError(
      'BUNDLE_INVALID',
      `The safety checker of ${name} gives ${outputs.join(', ')}; it must give ${FLAGS}, or ${SCORES.join(' and ')}.`,
      { bundle: name, outputs },
    );
  }
  const judge = async (images: readonly Image[]): Promise<readonly Verdict[]> => {
    const ops = runtime.createOps();
    try {
      const verdicts: Verdict[] = [];
      for (const image of images) {
        const pixels = ops.fromArray(clipPixels(image, settings), [1, 3, settings.height, settings.width]);
        verdicts.push(await verdictOf(graph, pixels, runtime, ops));
      }
      return verdicts;
    } finally {
      ops.dispose();
    }
  };
  const dispose = (): Promise<void> => graph.dispose();
  return { name: `safety checker of ${name}`, judge, dispose, [Symbol.asyncDispose]: dispose };
}

async function verdictOf(
  graph: Graph,
  pixels: ReturnType<TensorOps['fromArray']>,
  runtime: Runtime,
  ops: TensorOps,
): Promise<Verdict> {
  // The graph blackens pictures itself; it is handed one pixel, since that is done here.
  const takesImages = graph.inputs.some(({ name }) => name === 'images');
  const pixel = { data: new Float32Array(3), shape: [1, 1, 1, 3] };
  const found = await graph.run({ clip_input: pixels, ...(takesImages && { images: pixel }) }, ops);
  const valueAt = async (output: string): Promise<number> => (await runtime.read(found[output]!))[0]!;
  if (found[FLAGS]) return { flagged: (await valueAt(FLAGS)) !== 0, scores: {} };
  const [nsfw, watermark] = [await valueAt(SCORES[0]), await valueAt(SCORES[1])];
  return { flagged: !(nsfw <= 0.5) || !(watermark <= 0.5), scores: { nsfw, watermark } };
}
