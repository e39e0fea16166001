import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MINUTES = 10 * 60_000;
const script = fileURLToPath(new URL('../examples/server/server.mjs', import.meta.url));
const PROMPT = 'prompt=a+portrait+of+a+king&toward=glasses&seed=21';

interface Event {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

describe('a server that streams previews', () => {
  let server: ChildProcess;
  let lines: Interface;
  let said: AsyncIterator<string>;
  let address: string;

  beforeAll(async () => {
    server = spawn(process.execPath, [script], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    lines = createInterface({ input: server.stdout! });
    said = lines[Symbol.asyncIterator]();
    address = (await said.next()).value;
  }, MINUTES);
  afterAll(() => {
    server.kill('SIGKILL');
  });

  const events = async function* (response: Response): AsyncGenerator<Event> {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const whole = text.split('\n\n');
      text = whole.pop()!;
      for (const one of whole) {
        const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(one) ?? [];
        yield { event, data: JSON.parse(data) };
      }
    }
  };

  it('answers with its page', async () => {
    expect(await (await fetch(address)).text()).toMatch(/^<!doctype html>/);
    expect((await fetch(`${address}/nothing`)).status).toBe(404);
  });

  it('sends a preview of every step and then the picture', { timeout: MINUTES }, async () => {
    const received: Event[] = [];
    for await (const one of events(await fetch(`${address}/draw?${PROMPT}&steps=3`))) received.push(one);
    expect(received.map(({ event, data }) => [event, data.step])).toEqual([
      ['preview', 1],
      ['preview', 2],
      ['preview', 3],
      ['picture', undefined],
    ]);
    const images = received.map(({ data }) => data.image);
    for (const image of images) expect(image).toMatch(/^data:image\/png;base64,iVBORw0KGgo/);
    expect(new Set(images).size).toBeGreaterThanOrEqual(3);
    expect((await said.next()).value).toBe('drawn');
  });

  it('stops drawing for who has gone away, and goes on for others', { timeout: MINUTES }, async () => {
    const leaving = new AbortController();
    const response = await fetch(`${address}/draw?${PROMPT}&steps=500`, { signal: leaving.signal });
    const first = await events(response).next();
    expect(first.value).toMatchObject({ event: 'preview' });
    leaving.abort();
    expect((await said.next()).value).toBe('ABORTED');
    const others = [1, 2].map((seed) => fetch(`${address}/draw?prompt=a+queen&steps=2&seed=${seed}`));
    for (const other of await Promise.all(others)) expect(await other.text()).toContain('event: picture');
  });

  it('refuses what cannot be drawn', async () => {
    const refused = await fetch(`${address}/draw?${PROMPT}&steps=-1`);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/^STEPS_INVALID: /);
  });

  it('ends when asked to', { timeout: MINUTES }, async () => {
    server.kill('SIGTERM');
    const code = await new Promise((resolve) => server.once('exit', resolve));
    expect(code).toBe(0);
  });
});
