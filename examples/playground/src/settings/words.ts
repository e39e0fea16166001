/** Concepts the models in the box know: how a chip names them, and the text that steers best. */
export const KNOWN_CONCEPTS: readonly (readonly [name: string, text: string])[] = [
  ['female', 'female'],
  ['male', 'male'],
  ['glasses', 'glasses, wearing glasses'],
  ['smile', 'smiling, smile'],
  ['beard', 'beard, full beard, mustache'],
  ['hat', 'hat, wearing a hat'],
  ['curls', 'curls, wavy hair, curly hair'],
  ['gray hair', 'gray hair'],
  ['bangs', 'bangs'],
  ['makeup', 'makeup, wearing makeup'],
  ['bald', 'bald'],
  ['crown', 'crown'],
];

/** Prompts of the kind the models in the box were trained on. */
export const KNOWN_PROMPTS: readonly string[] = [
  'a portrait of a king',
  'a portrait of a queen',
  'an image of the face of a random person',
  'a photo of a woman with curly hair',
  'a drawing of a man with a beard',
  'a painting of a woman with a hat',
];

/** The name a concept's chip bears. */
export function conceptName(text: string): string {
  return KNOWN_CONCEPTS.find(([, known]) => known === text)?.[0] ?? text;
}
