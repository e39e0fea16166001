import type { Image } from '@sega/guidance';
import type { Study } from './study.js';
import type { SheetRow } from './table.js';

/** Pictures of a row, and rows, a sheet shows at most; pixels of a picture's longer side. */
const [COLUMNS, ROWS, SIDE] = [12, 60, 128] as const;

/** The first pictures of every row in a grid, the rows in order, large pictures made smaller. @internal */
export async function contactSheet(study: Study, rows: readonly SheetRow[]): Promise<Image | undefined> {
  const grid: Image[][] = [];
  for (const { pictures } of rows.slice(0, ROWS)) {
    const row: Image[] = [];
    for (const picture of pictures.slice(0, COLUMNS)) row.push(thinned(await study.image(picture)));
    grid.push(row);
  }
  const [first] = grid.flat();
  if (!first) return undefined;
  const { width, height } = first;
  const columns = Math.max(...grid.map((row) => row.length));
  const sheet = { width: width * columns, height: height * grid.length, data: new Uint8Array(0) };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  for (const [y, row] of grid.entries()) {
    for (const [x, image] of row.entries()) paste(data, sheet.width, image, x * width, y * height);
  }
  return { ...sheet, data };
}

function paste(
  data: Uint8Array,
  stride: number,
  { width, height, data: pixels }: Image,
  left: number,
  top: number,
): void {
  for (let y = 0; y < height; y++) {
    data.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * stride + left) * 3);
  }
}

/** Every n-th pixel, so that neither side is longer than a sheet's pictures are. */
function thinned(image: Image): Image {
  const step = Math.ceil(Math.max(image.width, image.height) / SIDE);
  if (step === 1) return image;
  const [width, height] = [Math.floor(image.width / step), Math.floor(image.height / step)];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    return image.data[(Math.floor(pixel / width) * step * image.width + (pixel % width) * step) * 3 + channel]!;
  });
  return { width, height, data };
}
