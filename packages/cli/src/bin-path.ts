import { fileURLToPath } from 'node:url';

/** The script of the `sega` command, which processes that draw for an evaluation run too. @internal */
export const WORKER_SCRIPT: string = fileURLToPath(new URL('../bin/sega.mjs', import.meta.url));
