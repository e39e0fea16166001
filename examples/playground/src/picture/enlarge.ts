import type { Image } from '@sega/guidance';

/** A picture in planes, one for each colour, 0 to 255. */
interface Planes {
  readonly width: number;
  readonly height: number;
  readonly colours: readonly Float32Array[];
}

/**
 * A small drawing made large with crisp edges, as RGBA.
 *
 * It is enlarged with a cubic kernel and smoothed, then a shock filter moves every edge together: brightness flows away
 * from the middle of an edge on both sides, where the second derivative along the gradient changes its sign
 * ({@link https://doi.org/10.1137/0727053 | Osher and Rudin 1990}; the derivative is taken of a smoothed picture, as Alvarez
 * and Mazorra 1994 do).
 *
 * @param factor - A whole number, 2 to 8.
 */
export function enlarge(image: Image, factor: number): Uint8ClampedArray<ArrayBuffer> {
  const planes = enlargePlanes(planesOf(image), factor);
  const relative = (factor / 8) ** 2;
  const smoothings = Math.round(3 * relative);
  let colours = planes.colours.map((plane) => smooth(plane, planes.width, planes.height, smoothings));
  for (let i = 0; i < Math.round(factor * 1.25); i++) {
    colours = shocked({ ...planes, colours }, Math.max(1, Math.round(6 * relative)), 1 / relative);
  }
  return toRgba(colours.map((plane) => smooth(plane, planes.width, planes.height, 1)));
}

function planesOf({ width, height, data }: Image): Planes {
  const colours = [0, 1, 2].map((colour) =>
    Float32Array.from({ length: width * height }, (_, i) => data[i * 3 + colour]!),
  );
  return { width, height, colours };
}

function toRgba([red, green, blue]: readonly Float32Array[]): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(red!.length * 4);
  for (let i = 0; i < red!.length; i++) {
    rgba[i * 4] = red![i]!;
    rgba[i * 4 + 1] = green![i]!;
    rgba[i * 4 + 2] = blue![i]!;
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}

function enlargePlanes({ width, height, colours }: Planes, factor: number): Planes {
  const wide = colours.map((plane) => transposed(enlargeRows(plane, width, factor), width * factor));
  const large = wide.map((plane) => transposed(enlargeRows(plane, height, factor), height * factor));
  return { width: width * factor, height: height * factor, colours: large };
}

/** Every row enlarged by a cubic kernel (Catmull–Rom). */
function enlargeRows(plane: Float32Array, width: number, factor: number): Float32Array {
  const rows = plane.length / width;
  const out = new Float32Array(plane.length * factor);
  for (let x = 0; x < width * factor; x++) {
    const place = (x + 0.5) / factor - 0.5;
    const first = Math.floor(place) - 1;
    for (let tap = 0; tap < 4; tap++) {
      const weight = cubic(place - first - tap);
      const source = Math.min(width - 1, Math.max(0, first + tap));
      for (let y = 0; y < rows; y++) out[y * width * factor + x]! += weight * plane[y * width + source]!;
    }
  }
  return out;
}

function cubic(distance: number): number {
  const d = Math.abs(distance);
  if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}

function transposed(plane: Float32Array, width: number): Float32Array {
  const height = plane.length / width;
  const out = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = plane[y * width + x]!;
  return out;
}

/** Smoothed with the kernel (1 2 1)/4 both ways, so many times. */
function smooth(plane: Float32Array, width: number, height: number, times: number): Float32Array {
  const out = plane.slice();
  for (let i = 0; i < times; i++) {
    for (let y = 0; y < height; y++) smoothLine(out, y * width, 1, width);
    for (let x = 0; x < width; x++) smoothLine(out, x, width, height);
  }
  return out;
}

/** In place: the value before is remembered as it was. */
function smoothLine(plane: Float32Array, start: number, stride: number, length: number): void {
  const end = start + (length - 1) * stride;
  let before = plane[start]!;
  for (let at = start; at < end; at += stride) {
    const value = plane[at]!;
    plane[at] = (before + 2 * value + plane[at + stride]!) / 4;
    before = value;
  }
  plane[end] = (before + 3 * plane[end]!) / 4;
}

/** One step of the shock filter: u ← u − ⅓·u_ηη/(1 + |u_ηη|)·|∇u|, with u_ηη that of the smoothed brightness. */
function shocked({ width, height, colours }: Planes, smoothings: number, sharpness: number): Float32Array[] {
  const [red, green, blue] = colours as [Float32Array, Float32Array, Float32Array];
  const sum = new Float32Array(red.length);
  for (let i = 0; i < sum.length; i++) sum[i] = (red[i]! + green[i]! + blue[i]!) / 3;
  const brightness = smooth(sum, width, height, smoothings);
  const [newRed, newGreen, newBlue] = [red.slice(), green.slice(), blue.slice()];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const bend = sharpness * curvature(brightness, at, width);
      const speed = bend / (1 + Math.abs(bend)) / 3;
      newRed[at]! -= speed * steepness(red, at, width);
      newGreen[at]! -= speed * steepness(green, at, width);
      newBlue[at]! -= speed * steepness(blue, at, width);
    }
  }
  return [newRed, newGreen, newBlue];
}

/** The second derivative along the gradient. */
function curvature(u: Float32Array, at: number, width: number): number {
  const left = u[at - 1]!;
  const right = u[at + 1]!;
  const up = u[at - width]!;
  const down = u[at + width]!;
  const gx = (right - left) / 2;
  const gy = (down - up) / 2;
  const gxx = right - 2 * u[at]! + left;
  const gyy = down - 2 * u[at]! + up;
  const gxy = (u[at + width + 1]! + u[at - width - 1]! - u[at - width + 1]! - u[at + width - 1]!) / 4;
  return (gx * gx * gxx + 2 * gx * gy * gxy + gy * gy * gyy) / (gx * gx + gy * gy + 1e-3);
}

/** |∇u| of the smaller one-sided differences, so that no new extremum arises. */
function steepness(u: Float32Array, at: number, width: number): number {
  const value = u[at]!;
  const dx = smaller(u[at + 1]! - value, value - u[at - 1]!);
  const dy = smaller(u[at + width]! - value, value - u[at - width]!);
  return Math.sqrt(dx * dx + dy * dy);
}

function smaller(a: number, b: number): number {
  if (a * b <= 0) return 0;
  return Math.abs(a) < Math.abs(b) ? a : b;
}
