import { isAddress, MODELS } from '../models/models.js';
import {
  INITIAL_SETTINGS,
  INITIAL_VIEW,
  PANELS,
  type PanelName,
  type Settings,
  type SignedConcept,
  type View,
} from './settings.js';

/** Settings that are one number or word, by the name links give them. */
const NUMBERS = ['threshold', 'warmup', 'cooldown', 'momentum', 'scale', 'steps'] as const;

/**
 * Everything a link restores, as the part of an address after `#`, which browsers keep to themselves.
 *
 *     #model=stable-diffusion&prompt=a portrait of a king&seed=25&concept=male@-6&concept=female@6
 */
export function toHash(settings: Settings, view: View): string {
  const entries = new URLSearchParams();
  entries.set('model', settings.model);
  entries.set('prompt', settings.prompt);
  entries.set('seed', String(settings.seed));
  for (const { text, strength } of settings.concepts) entries.append('concept', `${text}@${strength}`);
  for (const name of NUMBERS) if (settings[name] !== undefined) entries.set(name, String(settings[name]));
  if (settings.sampler) entries.set('sampler', settings.sampler);
  if (view.panel !== INITIAL_VIEW.panel) entries.set('panel', view.panel);
  if (view.wipe !== INITIAL_VIEW.wipe) entries.set('wipe', String(view.wipe));
  if (view.swept !== INITIAL_VIEW.swept) entries.set('sweep', String(view.swept));
  if (view.prompts.join('\n') !== INITIAL_VIEW.prompts.join('\n')) {
    for (const prompt of view.prompts) entries.append('apply', prompt);
  }
  return `#${entries}`;
}

/** What a link restores. What it leaves out or says wrongly is as at first: anyone may have written it. */
export function fromHash(hash: string): { readonly settings: Settings; readonly view: View } {
  const entries = new URLSearchParams(hash.replace(/^#/, ''));
  const prompt = entries.get('prompt');
  const numbers = Object.fromEntries(
    NUMBERS.map((name) => [name, numberOf(entries.get(name))] as const).filter(([, value]) => value !== undefined),
  );
  const sampler = entries.get('sampler');
  const prompts = entries.getAll('apply');
  return {
    settings: {
      model: modelOf(entries.get('model')),
      prompt: prompt ?? INITIAL_SETTINGS.prompt,
      seed: numberOf(entries.get('seed')) ?? INITIAL_SETTINGS.seed,
      concepts: prompt === null ? INITIAL_SETTINGS.concepts : entries.getAll('concept').flatMap(conceptOf),
      ...numbers,
      ...(sampler && { sampler }),
    },
    view: {
      panel: PANELS.includes(entries.get('panel') as PanelName)
        ? (entries.get('panel') as PanelName)
        : INITIAL_VIEW.panel,
      wipe: within(numberOf(entries.get('wipe')) ?? INITIAL_VIEW.wipe, 0, 100),
      swept: within(Math.trunc(numberOf(entries.get('sweep')) ?? 0), 0, 99),
      prompts: prompts.length > 0 ? prompts.slice(0, 6) : INITIAL_VIEW.prompts,
    },
  };
}

function modelOf(id: string | null): string {
  const isKnown = id !== null && (MODELS.some((entry) => entry.id === id) || isAddress(id));
  return isKnown ? id : INITIAL_SETTINGS.model;
}

/** `text@strength`; a text may hold an `@` of its own. */
function conceptOf(entry: string): SignedConcept[] {
  const at = entry.lastIndexOf('@');
  const text = entry.slice(0, at).trim();
  const strength = numberOf(entry.slice(at + 1));
  return at > 0 && text !== '' && strength !== undefined ? [{ text, strength: within(strength, -12, 12) }] : [];
}

function numberOf(text: string | null): number | undefined {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
