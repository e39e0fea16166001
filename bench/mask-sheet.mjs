// The picture of the guide to tokens: for each mask, an edited picture and the positions its guidance touched, the more often the
// brighter. `npm run bench:masks -- --sheet docs/images/token-masks.png` draws it.
import { writeFile } from 'node:fs/promises';
import { encodePng } from '@sega/cli';
import { generate, Recording, record, scale, semantic, toward } from '@sega/guidance';

const PROMPT = 'an image of the face of a random person';
const TEXTS = ['glasses, wearing glasses', 'hat, wearing a hat', 'smiling, smile'];
const SEED = 7;
const ENLARGED = 2;
const GAP = 8;

/** One row for each text: the unedited picture, then for each mask the edited one and what was touched. */
export async function maskSheet(model, masks, path) {
  const plain = scale(model.stages[0].defaults.scale);
  const [unedited] = (await generate(model, PROMPT, { seed: SEED, guidance: [plain] })).images;
  const rows = [];
  for (const text of TEXTS) {
    const row = [unedited];
    for (const mask of masks) {
      const recording = new Recording();
      const edit = semantic([toward(text, model.defaults.concept)], { mask, momentum: model.defaults.momentum });
      const { images } = await generate(model, PROMPT, { seed: SEED, guidance: [plain, record(edit, recording)] });
      row.push(images[0], touched(recording.trace, images[0]));
    }
    rows.push(row);
  }
  await writeFile(path, encodePng(joined(rows)));
}

/** Gray by how many steps touched a position, of those at which the concept acted. */
function touched({ gammas, shape: [, codes, height, width] }, { width: pixels }) {
  const plane = height * width;
  const acting = gammas.filter((gamma) => gamma.some((value) => value !== 0));
  const shares = Array.from({ length: plane }, (_, p) => {
    const steps = acting.filter((gamma) =>
      Array.from({ length: codes }).some((_, code) => gamma[code * plane + p] !== 0),
    );
    return steps.length / Math.max(1, acting.length);
  });
  const size = pixels / width;
  const data = new Uint8Array(pixels * pixels * 3);
  for (let i = 0; i < pixels * pixels; i++) {
    const y = Math.floor(Math.floor(i / pixels) / size);
    data.fill(Math.round(255 * shares[y * width + Math.floor((i % pixels) / size)]), 3 * i, 3 * i + 3);
  }
  return { width: pixels, height: pixels, data };
}

function joined(rows) {
  const cell = rows[0][0].width * ENLARGED;
  const pitch = cell + GAP;
  const [width, height] = [rows[0].length * pitch - GAP, rows.length * pitch - GAP];
  const data = new Uint8Array(width * height * 3).fill(255);
  rows.forEach((row, r) => {
    row.forEach((image, c) => {
      for (let y = 0; y < cell; y++) {
        for (let x = 0; x < cell; x++) {
          const from = 3 * (Math.floor(y / ENLARGED) * image.width + Math.floor(x / ENLARGED));
          data.set(image.data.subarray(from, from + 3), 3 * ((r * pitch + y) * width + c * pitch + x));
        }
      }
    });
  });
  return { width, height, data };
}
