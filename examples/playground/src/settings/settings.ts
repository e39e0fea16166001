import { signal } from '@preact/signals';

/** A concept with its strength: positive steers toward it, negative away. */
export interface SignedConcept {
  readonly text: string;
  readonly strength: number;
}

/** What a picture depends on. What is undefined is the model's own choice. */
export interface Settings {
  readonly model: string;
  readonly prompt: string;
  readonly seed: number;
  readonly concepts: readonly SignedConcept[];
  /** Of all concepts, as the three below. */
  readonly threshold?: number | undefined;
  readonly warmup?: number | undefined;
  readonly cooldown?: number | undefined;
  readonly momentum?: number | undefined;
  /** Of classifier-free guidance. */
  readonly scale?: number | undefined;
  readonly steps?: number | undefined;
  readonly sampler?: string | undefined;
}

/** The experiments below the picture. */
export const PANELS = ['seeds', 'strength', 'where', 'prompts'] as const;
export type PanelName = (typeof PANELS)[number];

/** What is shown, beside the picture itself. */
export interface View {
  readonly panel: PanelName;
  /** Where before ends and after begins, in percent. */
  readonly wipe: number;
  /** Number of the concept the strength strip sweeps. */
  readonly swept: number;
  /** Prompts the concept vector is applied to. */
  readonly prompts: readonly string[];
}

export const INITIAL_SETTINGS: Settings = {
  model: 'stable-diffusion',
  prompt: 'a portrait of a king',
  seed: 25,
  concepts: [
    { text: 'male', strength: -6 },
    { text: 'female', strength: 6 },
  ],
};

export const INITIAL_VIEW: View = {
  panel: 'seeds',
  wipe: 50,
  swept: 0,
  prompts: ['a photo of a man', 'a drawing of a man', 'a painting of a man with a hat', 'a photo of a woman'],
};

export const settings = signal<Settings>(INITIAL_SETTINGS);
export const view = signal<View>(INITIAL_VIEW);

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.peek(), ...part };
}

export function changeView(part: Partial<View>): void {
  view.value = { ...view.peek(), ...part };
}

export function changeConcept(index: number, part: Partial<SignedConcept>): void {
  const { concepts } = settings.peek();
  change({ concepts: concepts.map((concept, i) => (i === index ? { ...concept, ...part } : concept)) });
}
