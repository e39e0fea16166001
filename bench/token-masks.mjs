// What each mask leaves alone: how many tokens of an edited picture are those of the unedited one, over the whole grid and
// outside the positions the mask touched at any step. `npm run bench:masks -- [--model <bundle>] [--images 50] [--seed 1]`;
// with `--sheet <file>` also a picture of it.
import { parseArgs } from 'node:util';
import { Recording, Run, record, scale, semantic, toward } from '@sega/guidance';
import { loadPaella } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { paella } from '@sega/tiny-faces';
import { maskSheet } from './mask-sheet.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: paella },
    images: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    sheet: { type: 'string' },
  },
});
const [count, first] = [Number(values.images), Number(values.seed)];
const BATCH = 10;
const MASKS = ['token', 'element', 'joint', 'none'];
const PROMPT = 'an image of the face of a random person';
const TEXTS = [
  'glasses, wearing glasses',
  'smiling, smile',
  'hat, wearing a hat',
  'gray hair',
  'beard, full beard, mustache',
];

const runtime = nodeRuntime();
const model = await loadPaella(values.model, { runtime });
const { concept, momentum } = model.defaults;
const plain = scale(model.stages[0].defaults.scale);

/** The final grids of a batch. */
async function tokens(seed, images, guidance) {
  let last = new Float32Array();
  for await (const { state } of new Run(model, PROMPT, { guidance, seed, images })) last = await state();
  return last;
}

/** For each token: was it touched, and is it the unedited picture's? Summed over concepts and seeds. */
async function measure(mask, base) {
  const sums = { tokens: 0, same: 0, outside: 0, sameOutside: 0 };
  for (const text of TEXTS) {
    for (const [seed, unedited] of base) {
      const images = Math.min(BATCH, first + count - seed);
      const recording = new Recording();
      const edit = semantic([toward(text, concept)], { mask, momentum });
      const edited = await tokens(seed, images, [plain, record(edit, recording)]);
      const touched = touchedTokens(recording.trace, edited.length);
      for (let p = 0; p < edited.length; p++) {
        const same = Number(edited[p] === unedited[p]);
        sums.tokens++;
        sums.same += same;
        if (touched[p]) continue;
        sums.outside++;
        sums.sameOutside += same;
      }
    }
  }
  return sums;
}

function touchedTokens({ gammas, shape: [items, codes, height, width] }, size) {
  const touched = new Uint8Array(size);
  const plane = height * width;
  for (const gamma of gammas) {
    for (let item = 0; item < items; item++) {
      for (let i = 0; i < codes * plane; i++) {
        if (gamma[item * codes * plane + i] !== 0) touched[item * plane + (i % plane)] = 1;
      }
    }
  }
  return touched;
}

const base = [];
for (let seed = first; seed < first + count; seed += BATCH) {
  base.push([seed, await tokens(seed, Math.min(BATCH, first + count - seed), [plain])]);
}
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '-');
const { scale: s, threshold, warmup } = concept;
console.log(
  `${count} seeds from ${first}, ${TEXTS.length} concepts, scale ${s}, λ ${threshold}, warm-up ${warmup}, momentum ${momentum?.scale ?? 0}, ${model.name}\n`,
);
console.log('| mask | positions touched | tokens as unedited | of those outside what was touched |');
console.log('|---|---|---|---|');
for (const mask of MASKS) {
  const sums = await measure(mask, base);
  const untouched = percent(sums.sameOutside, sums.outside);
  console.log(
    `| ${mask} | ${percent(sums.tokens - sums.outside, sums.tokens)} | ${percent(sums.same, sums.tokens)} | ${untouched} |`,
  );
}
if (values.sheet) await maskSheet(model, MASKS, values.sheet);
await model.dispose();
await runtime.dispose();
