import type { Image } from '@sega/guidance';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TouchedMap } from '../drawing/touched.js';
import { Picture } from '../picture/picture.js';
import { TILE_FACTOR } from './tile.js';

/** A picture, dimmed, with the positions a concept touched lit in the concept's colour. */
export function HeatMap({
  image,
  map,
  label,
}: {
  readonly image: Image;
  readonly map: TouchedMap;
  readonly label: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const { width, height, shares } = map;
    context.canvas.width = width;
    context.canvas.height = height;
    const pixels = context.createImageData(width, height);
    const most = Math.max(...shares, 1e-9);
    shares.forEach((share, i) => {
      pixels.data[i * 4 + 3] = Math.round(255 * Math.sqrt(share / most));
    });
    context.putImageData(pixels, 0, 0);
    // The colour comes from the style, in light and in dark.
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = getComputedStyle(context.canvas).color;
    context.fillRect(0, 0, width, height);
  }, [map]);
  return (
    <div class="heat-map" role="img" aria-label={label}>
      <Picture image={image} factor={TILE_FACTOR} />
      <canvas ref={canvas} class="heat" />
    </div>
  );
}
