import type { TokenManifest, TokenSampling } from '@sega/bundle';
import { findPort } from '@sega/bundle/adapter';
import { type Graph, GuidanceError, type Sampler } from '@sega/guidance';
import { type TokenChoice, tokenSampler } from '@sega/samplers';

/**
 * The samplers of a bundle: `categorical` draws tokens, `argmax` takes the most probable, `quantized` the code nearest to
 * the mean of the codebook's vectors under the distribution, where the bundle has the graph for it.
 *
 * @param sampling - Temperatures, the share of steps that re-noise, and how that of random tokens falls.
 * @throws SAMPLER_UNKNOWN; OPTION_INVALID for a temperature that is not above 0.
 * @internal
 */
export function samplerOf(
  { codebook, name: bundle }: TokenManifest,
  sampling: TokenSampling,
  quantizer: Graph | undefined,
  name = 'categorical',
): Sampler {
  const choices: Readonly<Record<string, TokenChoice>> = {
    categorical: 'categorical',
    argmax: 'argmax',
    ...(quantizer && { quantized: quantizedBy(quantizer) }),
  };
  if (Object.hasOwn(choices, name)) return tokenSampler({ codes: codebook.codes, ...sampling, choice: choices[name]! });
  throw new GuidanceError(
    'SAMPLER_UNKNOWN',
    `There is no sampler "${name}" in ${bundle}; it has ${Object.keys(choices).join(', ')}.`,
    { name, known: Object.keys(choices) },
  );
}

function quantizedBy(graph: Graph): TokenChoice {
  const logits = findPort('quantizer', graph.inputs, ['logits'], 4).name;
  const warmth = findPort('quantizer', graph.inputs, ['temperature'], 0).name;
  const tokens = findPort('quantizer', graph.outputs, ['tokens'], 3).name;
  return {
    name: 'quantized',
    choose: async (value, temperature, ops) => {
      const feeds = { [logits]: value, [warmth]: { data: [temperature], shape: [] } };
      const nearest = (await graph.run(feeds, ops))[tokens]!;
      // A graph finds some code nearest to a mean that is not a number.
      return ops.sum([
        [1, nearest],
        [0, ops.argmax(value)],
      ]);
    },
  };
}
