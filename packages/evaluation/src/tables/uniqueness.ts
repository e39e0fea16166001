import { FACE_PROMPT } from '../attributes.js';
import type { Table } from '../table.js';
import { overDomains } from './domains.js';

/**
 * Uniqueness: the concept vector of one prompt, recorded and added to pictures of other prompts and of another domain with
 * the same seed; the concept itself is not predicted there.
 *
 * @category Tables
 */
export const uniqueness: Table = {
  name: 'uniqueness',
  title: 'Uniqueness: a recorded concept vector in other pictures of the same seed',
  takesPrompts: true,
  make: (study) =>
    overDomains(study, {
      attribute: 'glasses',
      prompts: [
        { text: 'a portrait of a person', categories: ['faces'] },
        { text: 'an image of a man', categories: ['faces'] },
        { text: 'an image of a woman', categories: ['faces'] },
        { text: 'a portrait of a king', categories: ['faces'] },
        { text: 'a drawing of a face', categories: ['drawings'] },
      ],
      method: (own, text) => ({ kind: 'replay', prompt: FACE_PROMPT, concepts: [own.concept(text)] }),
      paper: 'shown in examples',
      note:
        `Recorded with "${FACE_PROMPT}" and the same seed. Pictures: those that lacked the attribute. Success: the judge ` +
        'sees it. The paper shows examples and gives no figure.',
    }),
};
