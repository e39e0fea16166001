/** The page does not wait longer for its service worker: then the next visit is kept. */
const PATIENCE_MILLISECONDS = 3000;

/** Has a service worker keep all that is loaded from now on and was loaded before. Only of a built page. */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const kept = register().catch(() => undefined);
  await Promise.race([kept, new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS))]);
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator;
  const isNew = !serviceWorker.controller;
  const controlled = new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve));
  await serviceWorker.register('./service-worker.js');
  if (!isNew) return;
  await controlled;
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  serviceWorker.controller!.postMessage([location.href.replace(/#.*/, ''), ...loaded]);
}
