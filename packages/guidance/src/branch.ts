/**
 * A named condition the model predicts under. Names, never batch positions.
 *
 * | branch | its text |
 * |---|---|
 * | `unconditional` | the empty text |
 * | `prompt` | the prompt of each picture |
 * | `concept:<text>` | the text of a concept to steer toward or away from |
 * | `negative:<text>` | a text that takes the unconditional branch's place |
 *
 * A method may invent further kinds: everything after the first colon is the text.
 *
 * @category Hook
 */
export type Branch = 'unconditional' | 'prompt' | `${string}:${string}`;

/**
 * The text a branch stands for, given the prompt of one picture.
 *
 * @example
 * branchText('concept:glasses', 'a king'); // 'glasses'
 * branchText('unconditional', 'a king'); // ''
 * @category Hook
 */
export function branchText(branch: Branch, prompt: string): string {
  if (branch === 'prompt') return prompt;
  if (branch === 'unconditional') return '';
  return branch.slice(branch.indexOf(':') + 1);
}
