import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from '@sega/guidance';
import { decodePng, encodePng } from './files/png.js';
import { checkWritable, writeWhole } from './files/whole-file.js';
import type { DrawSettings, ModelIdentity, PictureJob } from './picture-job.js';
import { canonical } from './unit.js';

/**
 * Finished pictures in a folder, each under a name that tells what it was drawn from: an evaluation that was stopped, or
 * another table of the same model, finds them again.
 *
 * @internal
 */
export class PictureStore {
  readonly #folder: string;
  readonly #model: ModelIdentity;
  readonly #settings: DrawSettings;

  constructor(folder: string, model: ModelIdentity, settings: DrawSettings) {
    this.#folder = folder;
    this.#model = model;
    this.#settings = settings;
  }

  /** @throws OUTPUT_UNWRITABLE when no picture, or no file like `beside`, could be written. */
  async check(beside: string): Promise<void> {
    await checkWritable([join(this.#folder, 'picture.png')]);
    await checkWritable([beside]);
  }

  pathOf(job: PictureJob): string {
    const { family, name, version, sha256 } = this.#model;
    const { scale, steps, momentum, threads } = this.#settings;
    const hasConcepts = job.method?.kind === 'semantic' || job.method?.kind === 'replay';
    // What a picture does not depend on is left out, so that tables share the pictures they have in common.
    const origin = {
      model: { family, name, version, sha256 },
      steps,
      threads,
      job: { ...job, scale: job.scale ?? scale },
      ...(hasConcepts && momentum.scale !== 0 && { momentum }),
    };
    const digest = createHash('sha256')
      .update(JSON.stringify(canonical(origin)))
      .digest('hex');
    return join(this.#folder, `${digest.slice(0, 24)}.png`);
  }

  async has(job: PictureJob): Promise<boolean> {
    return stat(this.pathOf(job)).then(
      (entry) => entry.isFile(),
      () => false,
    );
  }

  /** The picture as it was written. @throws OPTION_INVALID when the file is no such picture */
  async read(job: PictureJob): Promise<Image> {
    return decodePng(await readFile(this.pathOf(job))).image;
  }

  /** Writes a picture whole or not at all. @throws OUTPUT_UNWRITABLE */
  async write(job: PictureJob, image: Image): Promise<void> {
    const guidance = job.method ? JSON.stringify(job.method) : 'none';
    const texts = { prompt: job.prompt, seed: String(job.seed), guidance };
    await writeWhole(this.pathOf(job), encodePng(image, texts));
  }
}
