import { GuidanceError, type Image } from '@sega/guidance';
import { resizeBicubic } from './resize-bicubic.js';

/** The values of a bundle's `preprocessor_config.json` that matter. @internal */
export interface PixelSettings {
  /** Length of the shorter side before the middle is cut out. */
  readonly shortest: number;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly factor: number;
}

const BICUBIC = 3;

/** @throws BUNDLE_INVALID when it asks for what is not known here. @internal */
export function pixelSettings(config: unknown, file: string): PixelSettings {
  const fields = (typeof config === 'object' && config !== null ? config : {}) as Record<string, unknown>;
  const sizes = (name: 'size' | 'crop_size'): Record<string, unknown> => {
    const value = fields[name] ?? 224;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { all: value };
  };
  const { size, crop } = { size: sizes('size'), crop: sizes('crop_size') };
  const settings = {
    shortest: Number(size.all ?? size.shortest_edge),
    height: Number(crop.all ?? crop.height),
    width: Number(crop.all ?? crop.width),
    mean: triple(fields.image_mean),
    deviation: triple(fields.image_std),
    factor: Number(fields.rescale_factor ?? 1 / 255),
  };
  const { shortest, height, width, mean, deviation, factor } = settings;
  const isUsual = ['do_resize', 'do_center_crop', 'do_rescale', 'do_normalize'].every((step) => fields[step] !== false);
  const numbers = [shortest, height, width, factor, ...deviation];
  const isValid = numbers.every((value) => value > 0) && [...mean, ...numbers].every(Number.isFinite);
  if (isUsual && isValid && (fields.resample ?? BICUBIC) === BICUBIC && height <= shortest && width <= shortest) {
    return settings;
  }
  throw new GuidanceError(
    'BUNDLE_INVALID',
    `${file} does not describe what a safety checker sees: pictures resized by bicubic interpolation, cut to a size no larger ` +
      'than the shorter side, rescaled and normalised. Take the file that came with the safety checker.',
    { file, config },
  );
}

/**
 * A picture as a CLIP vision model takes it, planar: its shorter side resized, the middle cut out, normalised.
 *
 * @internal
 */
export function clipPixels(image: Image, settings: PixelSettings): Float32Array {
  const { shortest, height, width, mean, deviation, factor } = settings;
  const shorter = Math.min(image.width, image.height);
  const sized = (side: number): number => (side === shorter ? shortest : Math.floor((shortest * side) / shorter));
  const resized = resizeBicubic(image, sized(image.width), sized(image.height));
  const top = Math.floor((resized.height - height) / 2);
  const left = Math.floor((resized.width - width) / 2);
  const area = height * width;
  return Float32Array.from({ length: 3 * area }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / area), Math.floor((i % area) / width), i % width];
    const value = resized.data[((top + row) * resized.width + left + column) * 3 + channel]!;
    return (value * factor - mean[channel]!) / deviation[channel]!;
  });
}

function triple(value: unknown): readonly number[] {
  return Array.isArray(value) && value.length === 3 ? value.map(Number) : [Number.NaN];
}
