import type { Table } from '../table.js';
import { overDomains } from './domains.js';

/** Robustness: one concept in pictures of several domains, without a word on how to put it there. @category Tables */
export const robustness: Table = {
  name: 'robustness',
  title: 'Robustness: one concept over several domains',
  takesPrompts: true,
  make: (study) =>
    overDomains(study, {
      attribute: 'glasses',
      prompts: [
        { text: 'a photo of a face', categories: ['photos'] },
        { text: 'an image of a man', categories: ['photos'] },
        { text: 'an image of a woman', categories: ['photos'] },
        { text: 'a portrait of a king', categories: ['photos'] },
        { text: 'a drawing of a face', categories: ['drawings'] },
        { text: 'a painting of a face', categories: ['paintings'] },
      ],
      method: (own, text) => ({ kind: 'semantic', concepts: [own.concept(text)] }),
      paper: 'shown in examples',
      note: 'Pictures: those that lacked the attribute. Success: the judge sees it. The paper shows examples and gives no figure.',
    }),
};
