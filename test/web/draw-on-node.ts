import { resolve } from 'node:path';
import { folder } from '@sega/bundle/node';
import { nodeRuntime } from '@sega/runtime-node';
import { CASES, draw } from './families.js';

/** The pictures of a case, stage by stage, as Node draws them, for the browser to compare with: bytes in text. */
export async function drawOnNode(name: string): Promise<readonly string[]> {
  const one = CASES.find((other) => other.name === name)!;
  await using runtime = nodeRuntime();
  const { stageImages } = await draw(one, folder(resolve(one.bundle)), runtime);
  return Object.values(stageImages).flatMap((images) => images.map(({ data }) => Buffer.from(data).toString('base64')));
}
