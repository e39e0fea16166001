/**
 * Where the files of the models in the box are published with a page, for bundlers.
 *
 * @packageDocumentation
 */

// Written out, since bundlers publish just the files they see named in `new URL(…, import.meta.url)`.

/** Addresses of a bundle's files by their paths, for `httpFiles`. @category Models */
export type BundleAddresses = Readonly<Record<string, string>>;

/**
 * Where the files of the small Stable Diffusion are published with the page.
 *
 * @example
 * import { stableDiffusion } from '@sega/tiny-faces/web';
 *
 * const bundle = await openBundle(httpFiles(stableDiffusion));
 * @category Models
 */
export const stableDiffusion: BundleAddresses = {
  'bundle.json': new URL('../bundle/stable-diffusion/bundle.json', import.meta.url).href,
  'model_index.json': new URL('../bundle/stable-diffusion/model_index.json', import.meta.url).href,
  'scheduler/scheduler_config.json': new URL(
    '../bundle/stable-diffusion/scheduler/scheduler_config.json',
    import.meta.url,
  ).href,
  'text_encoder/config.json': new URL('../bundle/stable-diffusion/text_encoder/config.json', import.meta.url).href,
  'text_encoder/model.onnx': new URL('../bundle/stable-diffusion/text_encoder/model.onnx', import.meta.url).href,
  'text_keys/model.onnx': new URL('../bundle/stable-diffusion/text_keys/model.onnx', import.meta.url).href,
  'tokenizer/merges.txt': new URL('../bundle/stable-diffusion/tokenizer/merges.txt', import.meta.url).href,
  'tokenizer/special_tokens_map.json': new URL(
    '../bundle/stable-diffusion/tokenizer/special_tokens_map.json',
    import.meta.url,
  ).href,
  'tokenizer/tokenizer_config.json': new URL(
    '../bundle/stable-diffusion/tokenizer/tokenizer_config.json',
    import.meta.url,
  ).href,
  'tokenizer/vocab.json': new URL('../bundle/stable-diffusion/tokenizer/vocab.json', import.meta.url).href,
  'unet/config.json': new URL('../bundle/stable-diffusion/unet/config.json', import.meta.url).href,
  'unet/model.onnx': new URL('../bundle/stable-diffusion/unet/model.onnx', import.meta.url).href,
  'vae_decoder/config.json': new URL('../bundle/stable-diffusion/vae_decoder/config.json', import.meta.url).href,
  'vae_decoder/model.onnx': new URL('../bundle/stable-diffusion/vae_decoder/model.onnx', import.meta.url).href,
};

/**
 * Where the files of the small DeepFloyd-IF cascade are published with the page.
 *
 * @example
 * import { deepfloydIf } from '@sega/tiny-faces/web';
 *
 * const bundle = await openBundle(httpFiles(deepfloydIf));
 * @category Models
 */
export const deepfloydIf: BundleAddresses = {
  'bundle.json': new URL('../bundle/deepfloyd-if/bundle.json', import.meta.url).href,
  'image_noising_scheduler/scheduler_config.json': new URL(
    '../bundle/deepfloyd-if/image_noising_scheduler/scheduler_config.json',
    import.meta.url,
  ).href,
  'scheduler/scheduler_config.json': new URL('../bundle/deepfloyd-if/scheduler/scheduler_config.json', import.meta.url)
    .href,
  'scheduler_2/scheduler_config.json': new URL(
    '../bundle/deepfloyd-if/scheduler_2/scheduler_config.json',
    import.meta.url,
  ).href,
  'text_encoder/config.json': new URL('../bundle/deepfloyd-if/text_encoder/config.json', import.meta.url).href,
  'text_encoder/model.onnx': new URL('../bundle/deepfloyd-if/text_encoder/model.onnx', import.meta.url).href,
  'tokenizer/spiece.model': new URL('../bundle/deepfloyd-if/tokenizer/spiece.model', import.meta.url).href,
  'tokenizer/tokenizer_config.json': new URL('../bundle/deepfloyd-if/tokenizer/tokenizer_config.json', import.meta.url)
    .href,
  'unet/config.json': new URL('../bundle/deepfloyd-if/unet/config.json', import.meta.url).href,
  'unet/model.onnx': new URL('../bundle/deepfloyd-if/unet/model.onnx', import.meta.url).href,
  'unet_2/config.json': new URL('../bundle/deepfloyd-if/unet_2/config.json', import.meta.url).href,
  'unet_2/model.onnx': new URL('../bundle/deepfloyd-if/unet_2/model.onnx', import.meta.url).href,
};

/**
 * Where the files of the small Paella are published with the page.
 *
 * @example
 * import { paella } from '@sega/tiny-faces/web';
 *
 * const bundle = await openBundle(httpFiles(paella));
 * @category Models
 */
export const paella: BundleAddresses = {
  'bundle.json': new URL('../bundle/paella/bundle.json', import.meta.url).href,
  'decoder/config.json': new URL('../bundle/paella/decoder/config.json', import.meta.url).href,
  'decoder/model.onnx': new URL('../bundle/paella/decoder/model.onnx', import.meta.url).href,
  'denoiser/model.onnx': new URL('../bundle/paella/denoiser/model.onnx', import.meta.url).href,
  'quantizer/model.onnx': new URL('../bundle/paella/quantizer/model.onnx', import.meta.url).href,
  'text_encoder/model.onnx': new URL('../bundle/paella/text_encoder/model.onnx', import.meta.url).href,
  'tokenizer/tokenizer_config.json': new URL('../bundle/paella/tokenizer/tokenizer_config.json', import.meta.url).href,
};
