/** Addresses of all that was fetched where this runs, and in a worker that of its own script; no parts of the page itself. @internal */
export function fetchedFiles(): string[] {
  const fetched = performance.getEntriesByType('resource').map(({ name }) => name);
  const own = 'document' in globalThis ? [] : [globalThis.location.href];
  return [...new Set([...own, ...fetched])].filter((address) => /^https?:/.test(address));
}
