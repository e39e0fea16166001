import { resolve } from 'node:path';
import { folder } from '@sega/bundle/node';
import { nodeRuntime } from '@sega/runtime-node';
import { CASES, draw } from './families.js';

/** What Node draws, for the browser to compare with. */
export interface DrawnOnNode {
  /** Bytes in text. */
  readonly pictures: readonly string[];
  readonly state: readonly number[];
}

/** Draws the case of a name. */
export async function drawOnNode(name: string): Promise<DrawnOnNode> {
  const one = CASES.find((other) => other.name === name)!;
  await using runtime = nodeRuntime();
  const { pictures, state } = await draw(one, folder(resolve(one.bundle)), runtime);
  return { pictures: pictures.map((bytes) => Buffer.from(bytes).toString('base64')), state: [...state] };
}
