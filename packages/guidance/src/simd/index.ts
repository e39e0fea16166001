/**
 * The inner loops of the arithmetic on the CPU, in WebAssembly SIMD.
 *
 * @packageDocumentation
 */

export { simdKernels } from './simd-kernels.js';
