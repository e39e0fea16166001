// Finds the Chromium the browser tests drive, and installs one when run as a script and none is there: from Debian's
// packages where they can be installed, else through Playwright.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of an installed Chromium: `SEGA_CHROMIUM`, or the first found on the path. Undefined leaves it to Playwright. */
export function findChromium() {
  if (env.SEGA_CHROMIUM) return env.SEGA_CHROMIUM;
  const folders = (env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** Flags under which headless Chromium has WebGPU without a graphics card: its own software renderer. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

function run(command, ...parameters) {
  return spawnSync(command, parameters, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

async function install() {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    console.error('Installing Chromium for the browser tests…');
    env.DEBIAN_FRONTEND = 'noninteractive';
    if (run('apt-get', 'install', '--yes', '--no-install-recommends', 'chromium')) return true;
    if (run('apt-get', 'update') && run('apt-get', 'install', '--yes', '--no-install-recommends', 'chromium'))
      return true;
  }
  const { chromium } = await import('playwright');
  return existsSync(chromium.executablePath()) || run('npx', 'playwright', 'install', 'chromium');
}

if (argv[1] === fileURLToPath(import.meta.url) && !findChromium() && !(await install())) {
  console.error(
    'error CHROMIUM_MISSING: the browser tests need Chromium and none could be installed. Install it, or set SEGA_CHROMIUM to its path.',
  );
  process.exit(1);
}
