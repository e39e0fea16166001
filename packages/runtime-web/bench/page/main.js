import { benchDenoising } from './denoising.js';
import { benchKernels } from './kernels.js';
import { benchPictures } from './pictures.js';
import { isSoftware } from './settings.js';

globalThis.describe = async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  const { vendor, architecture } = adapter?.info ?? {};
  const device = adapter ? `${vendor} ${architecture}${(await isSoftware()) ? ' (software)' : ''}` : 'none';
  return `WebGPU ${device}, ${navigator.hardwareConcurrency} cores`;
};
globalThis.isSoftware = isSoftware;
globalThis.bench = { denoising: benchDenoising, kernels: benchKernels, pictures: benchPictures };
