import type { OpenModel } from '@sega/evaluation';
import { nodeRuntime } from '@sega/runtime-node';
import { loadModel } from './models.js';

/** Opens models for an evaluation, each with a runtime of its own. @internal */
export function modelOpener(acceptLicense: string | undefined): OpenModel {
  return async (asked, threads) => {
    const runtime = nodeRuntime({ threads });
    try {
      const { model, source, sha256 } = await loadModel(asked, { runtime, acceptLicense });
      const { family, name, version = '' } = source;
      return {
        model,
        identity: { source: asked, family, name, version, sha256 },
        [Symbol.asyncDispose]: async () => {
          await model.dispose();
          await runtime.dispose();
        },
      };
    } catch (error) {
      await runtime.dispose();
      throw error;
    }
  };
}
