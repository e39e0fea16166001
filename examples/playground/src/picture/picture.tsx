import type { Image } from '@sega/guidance';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { enlarged } from './enlarged.js';

/** A picture, smooth at once and crisp a moment later; one still being drawn stays smooth. */
export function Picture({
  image,
  label,
  factor,
  isFinished = true,
}: {
  readonly image: Image;
  /** Left out where what surrounds it says it. */
  readonly label?: string;
  readonly factor: number;
  readonly isFinished?: boolean;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    let isCurrent = true;
    delete context.canvas.dataset.crisp;
    paintSmooth(context, image);
    if (isFinished) {
      enlarged(image, factor).then((data) => {
        if (!isCurrent) return;
        resize(context.canvas, data.width, data.height);
        context.putImageData(data, 0, 0);
        context.canvas.dataset.crisp = '';
      });
    }
    return () => {
      isCurrent = false;
    };
  }, [image, factor, isFinished]);
  return (
    <canvas ref={canvas} role={label ? 'img' : 'presentation'} aria-label={label} class={isFinished ? '' : 'preview'} />
  );
}

/** The pixels themselves, which the browser enlarges smoothly. */
function paintSmooth(context: CanvasRenderingContext2D, { width, height, data }: Image): void {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set(data.subarray(i * 3, i * 3 + 3), i * 4);
    pixels.data[i * 4 + 3] = 255;
  }
  resize(context.canvas, width, height);
  context.putImageData(pixels, 0, 0);
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
