/**
 * Has a service worker keep all that was loaded and will be. Only of a built page.
 *
 * @param elsewhere - Addresses of what was not loaded by the page itself but by its workers.
 */
export async function keepForOffline(elsewhere: readonly string[]): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  const isNew = !serviceWorker.controller;
  const controlled = new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve));
  await serviceWorker.register('./service-worker.js');
  if (!isNew) return;
  await controlled;
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  serviceWorker.controller!.postMessage([location.href.replace(/#.*/, ''), ...loaded, ...elsewhere]);
}
