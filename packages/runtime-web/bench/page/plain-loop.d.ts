import type { Bundle } from '@sega/bundle';

/** Inputs of the denoiser that are made of texts, by name. */
export type TextInputs = Readonly<Record<string, unknown>>;

export interface PlainLoop {
  encode(texts: readonly string[]): Promise<TextInputs>;
  /** Bytes of one picture. The texts are the empty one, the prompt and the concepts. */
  draw(
    texts: TextInputs,
    concepts: number,
    steps: number,
    seed: number,
    options?: { readonly isOnce?: boolean },
  ): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

export function loadPlain(bundle: Bundle, device: 'wasm' | 'webgpu'): Promise<PlainLoop>;
