import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** File contents by path: bytes, text, or a value written as JSON; undefined leaves the file out. */
export type Tree = Readonly<Record<string, unknown>>;

const made: string[] = [];

/** A new folder holding the files. */
export function writeTree(tree: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'sega-bundle-'));
  made.push(root);
  for (const [path, value] of Object.entries(tree)) {
    if (value === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), toBytes(value));
  }
  return root;
}

export function removeFixtures(): void {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
}

const TOKENIZER: Tree = {
  'tokenizer/vocab.json': { a: 0, 'a</w>': 1, '<|startoftext|>': 2, '<|endoftext|>': 3 },
  'tokenizer/merges.txt': '#version: 0.2\n',
};

const GRAPHS: Tree = {
  'text_encoder/model.onnx': 'text encoder',
  'unet/model.onnx': 'denoiser',
  'unet/model.onnx_data': 'weights',
  'vae_decoder/model.onnx': 'decoder',
};

const SCHEDULER: Tree = {
  'scheduler/scheduler_config.json': { _class_name: 'DDIMScheduler', prediction_type: 'epsilon' },
};

/** An ONNX export as optimum writes it, small; `changes` replace or remove files. */
export function diffusersFolder(changes: Tree = {}): string {
  return writeTree({
    'model_index.json': { _class_name: 'OnnxStableDiffusionPipeline', _diffusers_version: '0.39.0' },
    'unet/config.json': { sample_size: 16, in_channels: 4 },
    'vae_decoder/config.json': { scaling_factor: 0.9, block_out_channels: [32, 64, 64] },
    ...GRAPHS,
    ...SCHEDULER,
    ...TOKENIZER,
    ...changes,
  });
}

/** A valid `bundle.json`, whose files table describes the given tree. */
export function manifestOf(tree: Tree): Record<string, unknown> {
  const files = Object.entries(tree).map(([path, value]) => {
    const bytes = toBytes(value);
    return [path, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }];
  });
  return {
    schema: 'sega-bundle/1',
    family: 'stable-diffusion',
    name: 'acme/faces',
    version: '0.1.0',
    license: { id: 'MIT', name: 'MIT License', acceptRequired: false },
    source: { exporter: 'acme' },
    files: Object.fromEntries(files),
    components: {
      textEncoder: 'text_encoder/model.onnx',
      denoiser: 'unet/model.onnx',
      decoder: 'vae_decoder/model.onnx',
    },
    tokenizer: 'tokenizer',
    scheduler: 'scheduler/scheduler_config.json',
    latent: { channels: 4, factor: 4, scale: 1.1 },
    predictionType: 'epsilon',
    defaults: {
      width: 64,
      height: 64,
      steps: 25,
      sampler: 'ddim',
      scale: 3.5,
      concept: { scale: 6, threshold: 0.9, warmup: 3 },
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests break the manifest in every way.
type Editable = Record<string, any>;

/** A bundle with its manifest; `edit` may change the manifest, `changes` the files after they were recorded. */
export function bundleFolder(edit: (manifest: Editable) => unknown = () => {}, changes: Tree = {}): string {
  const tree = { ...GRAPHS, ...SCHEDULER, ...TOKENIZER };
  const manifest = manifestOf(tree);
  edit(manifest);
  return writeTree({ ...tree, 'bundle.json': manifest, ...changes });
}

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}
