import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../tools/bench_reference.py', import.meta.url));

/**
 * Starts the torch side and greets it. `ask` sends one request and waits for its answer.
 *
 * @throws Error saying why there is none: no Python, no torch, no diffusers.
 */
export async function startReference(threads) {
  const python = process.env.SEGA_PYTHON ?? 'python3';
  const peer = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const failure = new Promise((_, reject) => {
    peer.on('error', (error) => reject(new Error(`${python} cannot be started: ${error.message}`)));
    peer.on('exit', (code) => reject(new Error(`${python} ended with code ${code}`)));
  });
  failure.catch(() => undefined);
  peer.stdin.on('error', () => undefined);
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

  const ask = async (request) => {
    peer.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await Promise.race([lines.next(), failure]);
    if (done) return failure;
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  };
  const close = () => peer.stdin.end();
  try {
    return { ask, versions: await ask({ do: 'start', threads }), close };
  } catch (error) {
    close();
    throw error;
  }
}
