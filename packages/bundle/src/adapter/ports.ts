import { type Graph, GuidanceError, type Port } from '@sega/guidance';

/**
 * The port an exporter may have named this or that: the first of the names that exists, else the first port of the
 * rank.
 *
 * @throws UNSUPPORTED when the graph has neither.
 * @internal
 */
export function findPort(component: string, ports: readonly Port[], names: readonly string[], rank: number): Port {
  const named = names.flatMap((name) => ports.filter((port) => port.name === name))[0];
  const port = named ?? ports.find(({ shape }) => shape.length === rank);
  if (port) return port;
  throw new GuidanceError(
    'UNSUPPORTED',
    `The ${component} has no ${names[0]} among ${list(ports)}; export it with the names diffusers uses.`,
    { component, names, ports },
  );
}

/** Refuses inputs an adapter does not feed: SDXL's, ControlNet's, LCM's. @throws UNSUPPORTED @internal */
export function checkInputs(component: string, graph: Graph, fed: readonly Port[]): void {
  const others = graph.inputs.filter((port) => !fed.some(({ name }) => name === port.name));
  if (others.length === 0) return;
  throw new GuidanceError(
    'UNSUPPORTED',
    `The ${component} also asks for ${list(others)}; this adapter feeds ${list(fed)}. ` +
      'Use a text-to-image bundle of the family the adapter is for.',
    { component, inputs: graph.inputs },
  );
}

function list(ports: readonly Port[]): string {
  return ports.map(({ name }) => `"${name}"`).join(', ') || 'no ports';
}
