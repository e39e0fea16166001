import type { Settings } from './settings.js';

/** Edits worth seeing first. */
export const EXAMPLES: readonly { readonly name: string; readonly settings: Partial<Settings> }[] = [
  {
    name: 'King to queen',
    settings: {
      prompt: 'a portrait of a king',
      seed: 25,
      concepts: [
        { text: 'male', strength: -6 },
        { text: 'female', strength: 6 },
      ],
    },
  },
  {
    name: 'Glasses and smile',
    settings: {
      prompt: 'an image of the face of a random person',
      seed: 1004,
      concepts: [
        { text: 'glasses, wearing glasses', strength: 6 },
        { text: 'smiling, smile', strength: 6 },
      ],
    },
  },
  {
    name: 'Shaved',
    settings: {
      prompt: 'a photo of a man with a beard',
      seed: 1,
      concepts: [{ text: 'beard, full beard, mustache', strength: -8 }],
    },
  },
  {
    name: 'Older',
    settings: {
      prompt: 'a portrait of a woman',
      seed: 12,
      concepts: [
        { text: 'gray hair', strength: 6 },
        { text: 'glasses, wearing glasses', strength: 6 },
      ],
    },
  },
];
