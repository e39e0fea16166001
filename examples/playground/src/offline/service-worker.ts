// Keeps everything the page has asked for, so that it works without a network. Isolates the page, so that WebAssembly
// may use threads, on servers that do not.
const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = `sega-playground-${__VERSION__}`;

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

worker.addEventListener('install', () => void worker.skipWaiting());

worker.addEventListener('activate', (event) => {
  const removeOthers = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  };
  event.waitUntil(Promise.all([removeOthers(), worker.clients.claim()]));
});

// What the page loaded before this worker was there.
worker.addEventListener('message', (event) => {
  const keepAll = async (): Promise<void> => {
    const cache = await caches.open(CACHE);
    const own = (event.data as readonly string[]).filter((address) => address.startsWith(worker.registration.scope));
    // What the browser still has is what the page has just used.
    const keep = (address: string): Promise<void> => cache.add(new Request(address, { cache: 'force-cache' }));
    await Promise.allSettled([...new Set(own)].map(keep));
  };
  event.waitUntil(keepAll());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOwn = request.url.startsWith(worker.registration.scope);
  if (request.method === 'GET' && isOwn) event.respondWith(answer(event));
});

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  // Names in this folder change with what the files hold.
  if (known && new URL(request.url).pathname.includes('/assets/')) return isolated(known);
  try {
    const response = await fetch(request);
    // Kept while it streams on; a full disk keeps nobody from drawing.
    if (response.ok) event.waitUntil(cache.put(request, response.clone()).catch(() => undefined));
    return isolated(response);
  } catch (error) {
    if (!known) throw error;
    return isolated(known);
  }
}

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
