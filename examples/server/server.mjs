// A server that draws pictures and streams what they are about to become, as server-sent events. Start it and open the
// address it prints. Who goes away stops their picture. PORT sets the port (default 8000).
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { encodePng } from '@sega/cli';
import { away, GuidanceError, Run, scale, semantic, toward } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';

const runtime = nodeRuntime();
const model = await loadStableDiffusion(stableDiffusion, { runtime });
const { concept } = model.defaults;
const page = await readFile(new URL('page.html', import.meta.url));

/** What the address asks for. @throws GuidanceError when it cannot be drawn. */
function plan(asked, signal) {
  const concepts = [
    ...asked.getAll('toward').map((text) => toward(text, concept)),
    ...asked.getAll('away').map((text) => away(text, concept)),
  ];
  const guidance = [scale(model.stages[0].defaults.scale), ...(concepts.length > 0 ? [semantic(concepts)] : [])];
  const steps = Number(asked.get('steps') ?? model.stages[0].defaults.steps);
  return new Run(model, asked.get('prompt') ?? '', { guidance, steps, seed: Number(asked.get('seed') ?? 0), signal });
}

const address = (image) => `data:image/png;base64,${Buffer.from(encodePng(image)).toString('base64')}`;

async function draw(asked, response) {
  const left = new AbortController();
  response.on('close', () => left.abort());
  let run;
  try {
    run = plan(asked, left.signal);
  } catch (error) {
    if (!GuidanceError.isInstance(error)) throw error;
    return response.writeHead(400, { 'content-type': 'text/plain' }).end(`${error.code}: ${error.message}\n`);
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  try {
    for await (const { step, preview } of run) {
      const [image] = await preview();
      send('preview', { step: step.index + 1, steps: run.steps, image: address(image) });
    }
    const { images, seeds } = await run.result();
    send('picture', { seed: seeds[0], image: address(images[0]) });
    console.log('drawn');
  } catch (error) {
    if (!GuidanceError.isInstance(error)) throw error;
    send('failure', { code: error.code, message: error.message });
    console.log(error.code);
  }
  response.end();
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/') return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  if (pathname !== '/draw') return response.writeHead(404).end();
  draw(searchParams, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => {
  console.log(`http://localhost:${server.address().port}`);
});

process.once('SIGTERM', async () => {
  server.closeAllConnections();
  server.close();
  await model.dispose();
  await runtime.dispose();
});
