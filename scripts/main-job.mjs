// The main job, and the SDK in one page: a king, and the same seed steered from male toward female, on the model in the
// box. Writes out/king.png, out/queen.png, and both side by side.
import { mkdir, writeFile } from 'node:fs/promises';
import { encodePng, progressBar } from '@sega/cli';
import { away, Run, scale, semantic, toward } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';

const PROMPT = 'a portrait of a king';
const SEED = 25;

const start = performance.now();
const runtime = nodeRuntime();
const model = await loadStableDiffusion(stableDiffusion, { runtime });
try {
  const { scale: guidanceScale, concept } = model.defaults;
  const plain = scale(guidanceScale);
  const steered = [plain, semantic([away('male', concept), toward('female', concept)])];

  const king = await draw('king', plain);
  const queen = await draw('queen', steered);

  await mkdir('out', { recursive: true });
  await save('out/king.png', king, `scale ${guidanceScale}`);
  await save('out/queen.png', queen, `scale ${guidanceScale}; away from "male"; toward "female"`);
  await save('out/king-to-queen.png', sideBySide(king.images[0], queen.images[0], 4), 'left: plain, right: steered');
  console.log(`
"${PROMPT}", seed ${SEED}: a king; the same seed away from "male" and toward "female": a queen.
  out/king.png           ${describe(king)}
  out/queen.png          ${describe(queen)}
  out/king-to-queen.png  both side by side, enlarged 4 times
All of it took ${((performance.now() - start) / 1000).toFixed(1)} s.

Next, steer somewhere else, or look at what a picture was drawn with:
  npx sega generate "${PROMPT}" --seed ${SEED} --toward "glasses, wearing glasses" --toward "smiling, smile"
  npx sega show out/${SEED}.png`);
} finally {
  await model.dispose();
  await runtime.dispose();
}

/** One picture, with a progress bar while it is drawn. */
async function draw(name, guidance) {
  const run = new Run(model, PROMPT, { guidance, seed: SEED });
  const bar = progressBar(process.stderr, name.padEnd(5));
  for await (const { step } of run) bar.update(step.index + 1, run.steps);
  bar.finish();
  return run.result();
}

async function save(path, picture, guidance) {
  const image = picture.images?.[0] ?? picture;
  await writeFile(path, encodePng(image, { prompt: PROMPT, seed: String(SEED), guidance }));
}

function describe({ evaluations, milliseconds }) {
  const rows = Object.values(evaluations.base).reduce((sum, count) => sum + count, 0);
  return `${(milliseconds.total / 1000).toFixed(1)} s, ${rows} forward evaluations (${Object.keys(evaluations.base).join(', ')})`;
}

/** Two pictures next to each other, every pixel drawn as a square. */
function sideBySide(left, right, size) {
  const [width, height] = [(left.width + right.width) * size, left.height * size];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / size);
      const [image, own] = column < left.width ? [left, column] : [right, column - left.width];
      const source = (Math.floor(y / size) * image.width + own) * 3;
      data.set(image.data.subarray(source, source + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}
