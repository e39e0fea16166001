import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../../scripts/redis.mjs';

/** A Redis server of its own on a free port. */
export async function startRedis(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sega-redis-'));
  const port = await freePort();
  const server = spawn(findRedis()!, ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    port,
    stop: async () => {
      await end(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A way to a port that can be cut: connections break and none is let through until it is mended. */
export async function startCable(
  to: number,
): Promise<{ readonly port: number; cut(): void; mend(): void; stop(): void }> {
  const ends = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      ends.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          ends.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  });
  const breakAll = (): void => {
    for (const socket of ends) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    stop: () => {
      breakAll();
      server.close();
    },
  };
}

/** Kills a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
