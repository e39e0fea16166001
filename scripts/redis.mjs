// Finds the Redis server the queue's test starts, and installs Debian's when run as a script and none is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Path of an installed server: `SEGA_REDIS`, or the first `redis-server` on the path. */
export function findRedis() {
  if (env.SEGA_REDIS) return env.SEGA_REDIS;
  const folders = (env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path));
}

function run(...parameters) {
  return spawnSync('apt-get', parameters, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function install() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  console.error("Installing Redis for the queue's test…");
  env.DEBIAN_FRONTEND = 'noninteractive';
  const parameters = ['install', '--yes', '--no-install-recommends', 'redis-server'];
  return run(...parameters) || (run('update') && run(...parameters));
}

if (argv[1] === fileURLToPath(import.meta.url) && !findRedis() && !install()) {
  console.error(
    "error REDIS_MISSING: the queue's test needs redis-server and it could not be installed. Install it, or set SEGA_REDIS to its path.",
  );
  process.exit(1);
}
