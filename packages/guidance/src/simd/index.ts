export { simdKernels } from './simd-kernels.js';
