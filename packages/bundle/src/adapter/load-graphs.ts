import { type Graph, GuidanceError, type Runtime } from '@sega/guidance';
import type { Bundle } from '../bundle.js';

/**
 * Loads components of a bundle together, computing in float16 where bundle and runtime both can; when one fails, none
 * stays.
 *
 * @throws GRAPH_LOAD
 * @internal
 */
export async function loadGraphs<Role extends string>(
  bundle: Bundle,
  runtime: Runtime,
  roles: readonly Role[],
): Promise<Record<Role, Graph>> {
  const float16 = bundle.manifest.float16 !== undefined && ((await runtime.float16?.()) ?? false);
  const loading = await Promise.allSettled(roles.map(async (role) => runtime.loadGraph(bundle.graph(role, float16))));
  const failed = loading.find((result) => result.status === 'rejected');
  if (failed) {
    await Promise.all(loading.map((result) => result.status === 'fulfilled' && result.value.dispose()));
    throw failed.reason;
  }
  const graphs = loading.map((result) => (result as PromiseFulfilledResult<Graph>).value);
  return Object.fromEntries(roles.map((role, i) => [role, graphs[i]!])) as Record<Role, Graph>;
}

/** The `config.json` diffusers writes beside a component's graph; empty where there is none. @internal */
export async function componentConfig(bundle: Bundle, role: string): Promise<Readonly<Record<string, unknown>>> {
  const folder = (bundle.manifest.components[role] ?? '').split('/').slice(0, -1).join('/');
  try {
    return (await bundle.json(`${folder}/config.json`)) as Record<string, unknown>;
  } catch (error) {
    if (GuidanceError.isInstance(error) && error.code === 'BUNDLE_FILE_MISSING') return {};
    throw error;
  }
}

/** What the sides of a UNet's state must be multiples of: it halves them between any two of its levels. @internal */
export function stateDivisor({ block_out_channels: levels }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(levels) && levels.length > 0 ? 2 ** (levels.length - 1) : 1;
}
