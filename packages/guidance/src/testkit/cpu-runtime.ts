import { cpuOps } from '../cpu/cpu-ops.js';
import type { CpuTensor } from '../cpu/cpu-tensor.js';
import { type CpuKernels, referenceKernels } from '../cpu/kernels.js';
import { GuidanceError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/**
 * A runtime with tensor arithmetic and no networks: for models written in TypeScript.
 *
 * @category Testkit
 */
export function cpuRuntime(kernels: CpuKernels = referenceKernels): Runtime {
  return {
    name: 'cpu',
    sessionMilliseconds: 0,
    createOps: () => cpuOps(kernels),
    loadGraph: async ({ name }) => {
      throw new GuidanceError('UNSUPPORTED', `The cpu runtime runs no networks, so "${name}" cannot be loaded.`, {
        name,
      });
    },
    read: async (tensor) => (tensor as CpuTensor).data.slice(),
    dispose: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
