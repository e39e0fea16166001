import { benchDenoising } from './denoising.js';
import { benchKernels } from './kernels.js';
import { benchPictures } from './pictures.js';

globalThis.describe = async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  const { vendor, architecture } = adapter?.info ?? {};
  return `WebGPU ${adapter ? `${vendor} ${architecture}` : 'none'}, ${navigator.hardwareConcurrency} cores`;
};
globalThis.bench = { denoising: benchDenoising, kernels: benchKernels, pictures: benchPictures };
