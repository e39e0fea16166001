// `npm run bench`: our speed as ratios to torch's, measured in turns within one run.
//
//   npm run bench                    everything
//   npm run bench -- guidance        the guidance update only; `logits` for that of a full-size token model, with what
//                                    it takes of memory; `pictures` for whole pictures
//
// SEGA_PYTHON names a Python with torch, diffusers, transformers and onnx (default: python3); without one, only our own
// figures are printed. diffusers' weights are read back from the bundle's graphs, or loaded from the folder that
// SEGA_PIPELINE names. SEGA_THREADS sets the threads of both sides (default: all).
import { availableParallelism, loadavg } from 'node:os';
import { startReference } from './reference.mjs';

const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
const threads = Number(process.env.SEGA_THREADS ?? availableParallelism());
const print = (line) => console.log(line);

const reference = await startReference(threads).catch((error) => {
  print(`The torch side was skipped: ${error.message}. Set SEGA_PYTHON to a Python with torch and diffusers.`);
  return undefined;
});
const load = loadavg()[0];
print(
  [
    `Node ${process.version}`,
    ...(reference ? [`torch ${reference.versions.torch}`, `diffusers ${reference.versions.diffusers}`] : []),
    `${threads} threads`,
    `load ${load.toFixed(1)}`,
  ].join(', '),
);
if (load > 0.5) print('The machine was busy with other work: read the ratios, and measure again when it is idle.');
try {
  if (wanted('guidance')) await (await import('./guidance-update.mjs')).benchGuidanceUpdate(reference, print);
  if (wanted('logits')) await (await import('./logits-update.mjs')).benchLogitsUpdate(threads, print);
  if (wanted('pictures')) await (await import('./pictures.mjs')).benchPictures(reference, threads, print);
} finally {
  reference?.close();
}
