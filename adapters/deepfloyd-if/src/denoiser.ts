import { UNet } from '@sega/bundle/adapter';
import { type Graph, GuidanceError } from '@sega/guidance';

/** Red, green and blue of the low-resolution picture. */
const PICTURE_CHANNELS = 3;

/** What a stage expects of its denoiser. @internal */
export interface DenoiserOptions {
  readonly stage: string;
  /** Channels of the state. */
  readonly channels: number;
  /** The noise level, for stages conditioned on a noised low-resolution picture; undefined for the first. */
  readonly noiseLevel: number | undefined;
  /** Whether the stage's sampler reads a learned variance. */
  readonly readsVariance: boolean;
  /** Output channels by the network's own configuration, where the graph leaves them open. */
  readonly outChannels: unknown;
  /** Rows one run may take, for a shape of the state. */
  readonly maxRows: (shape: readonly number[]) => number;
}

/**
 * The UNet of one stage: a noisy picture, a timestep and text, and above the first stage the noised low-resolution
 * picture with its noise level → by branch the noise (`value`) and the variance the network learned (`rest`).
 *
 * @throws UNSUPPORTED when the graph takes other channels; BUNDLE_INVALID when it gives no variance and the sampler reads one.
 * @internal
 */
export function denoiserOf(graph: Graph, options: DenoiserOptions): UNet {
  const { stage, channels, noiseLevel, readsVariance, outChannels, maxRows } = options;
  const component = `denoiser of stage ${stage}`;
  const conditioned = noiseLevel !== undefined;
  const label = conditioned && { label: noiseLevel };
  const unet = new UNet(graph, { component, maxRows, ...label, variance: readsVariance });
  const expected = channels + (conditioned ? PICTURE_CHANNELS : 0);
  const taken = unet.sample.shape[1];
  if (typeof taken === 'number' && taken !== expected) {
    const parts = conditioned
      ? `${channels} of the state and ${PICTURE_CHANNELS} of the picture to enlarge`
      : 'a picture';
    throw new GuidanceError(
      'UNSUPPORTED',
      `The ${component} takes ${taken} channels; it should take ${expected}: ${parts}. Check which graph the manifest gives the stage.`,
      { stage, expected, received: taken },
    );
  }
  const declared = unet.output.shape[1];
  const given = typeof declared === 'number' ? declared : outChannels;
  if (typeof given === 'number' && given !== (readsVariance ? 2 * channels : channels)) {
    throw new GuidanceError(
      'BUNDLE_INVALID',
      `The ${component} gives ${given} channels; its scheduler ${
        readsVariance ? `reads a learned variance, which takes ${2 * channels}` : `reads ${channels}`
      }. Export the network whole, or correct variance_type in the scheduler file.`,
      { stage, channels: given, readsVariance },
    );
  }
  return unet;
}
