/** A model people can pick. */
export interface ModelEntry {
  /** As links name it. */
  readonly id: string;
  readonly name: string;
  /** What it draws in, in a word or two. */
  readonly medium: string;
  /** Folder of its bundle, from the page. */
  readonly address: string;
}

/** The models in the box: folders of `packages/tiny-faces/bundle`, which the build publishes beside the page. */
export const MODELS: readonly ModelEntry[] = [
  { id: 'stable-diffusion', name: 'Stable Diffusion', medium: 'latents', address: './stable-diffusion' },
  { id: 'deepfloyd-if', name: 'DeepFloyd-IF', medium: 'pixels', address: './deepfloyd-if' },
  { id: 'paella', name: 'Paella', medium: 'tokens', address: './paella' },
];

/** The model of an id; an address beginning with `/` or `.` is that of a bundle on the page's own server. */
export function modelEntry(id: string): ModelEntry {
  const known = MODELS.find((entry) => entry.id === id);
  if (known) return known;
  if (!isAddress(id)) return MODELS[0]!;
  return { id, name: id.split('/').filter(Boolean).at(-1) ?? id, medium: 'another bundle', address: id };
}

/** True for a folder of the page's own server, whatever that is. */
export function isAddress(id: string): boolean {
  const server = 'http://own.invalid';
  return /^\.{0,2}\//.test(id) && URL.canParse(id, server) && new URL(id, server).origin === server;
}
