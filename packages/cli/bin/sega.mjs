#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error('error NOT_BUILT: @sega/cli has not been built. Run "npm run setup" in the repository root first.');
  process.exitCode = 1;
}
