/** An attribute of a face with the paper's text for it. @category Tables */
export interface Attribute {
  /** As judges know it. */
  readonly name: string;
  /** As the paper's tables have it. */
  readonly title: string;
  /** The concept to steer toward or away from. */
  readonly text: string;
  /** What says the contrary, for methods that know no direction. */
  readonly contrary: string;
}

/** The prompt of the paper's evaluation. @category Tables */
export const FACE_PROMPT = 'an image of the face of a random person';

/** The attributes of the paper's tables that are there or not; gender is changed instead. @category Tables */
export const ATTRIBUTES: readonly Attribute[] = [
  { name: 'glasses', title: 'Glasses', text: 'glasses, wearing glasses', contrary: 'no glasses' },
  { name: 'smile', title: 'Smile', text: 'smiling, smile', contrary: 'serious' },
  { name: 'bald', title: 'Bald', text: 'bald', contrary: 'straight hair' },
  { name: 'beard', title: 'Beard', text: 'beard, full beard, mustache', contrary: 'no beard' },
  { name: 'hat', title: 'Hat', text: 'hat, wearing a hat', contrary: 'no hat' },
  { name: 'curls', title: 'Curls', text: 'curls, wavy hair, curly hair', contrary: 'straight hair' },
  { name: 'makeup', title: 'Makeup', text: 'makeup, wearing makeup', contrary: 'no makeup' },
  { name: 'gray', title: 'Gray hair', text: 'gray hair', contrary: 'young' },
  { name: 'bangs', title: 'Bangs', text: 'bangs', contrary: 'no bangs' },
];

/** Gender as judges tell it; a face that is not male counts as female, as the paper's examples do. @category Tables */
export const GENDER = { name: 'male', title: 'Gender', male: 'male', female: 'female' } as const;

/** @internal */
export function attribute(name: string): Attribute {
  return ATTRIBUTES.find((one) => one.name === name)!;
}
