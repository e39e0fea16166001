import { Tokenizer } from '@huggingface/tokenizers';
import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from '../bundle-files.js';
import { isObject, readJson, readOptionalObject, readText } from '../read-json.js';
import { ByteTokenizer } from './bytes.js';
import { clipDefinition } from './clip.js';
import { alignParts, alignWithReference, listedId, type TokenizerDefinition, withTokens } from './definition.js';
import { allTokens, readTokenizerSettings, type TokenizerSettings, toToken } from './special-tokens.js';
import { T5_ROLES, t5Definition } from './t5.js';
import { FixedLengthTokenizer, type TextTokenizer } from './text-tokenizer.js';

// CLIP's, and what every pipeline reads a text with.
const LENGTH = 77;

// Paella's.
const BYTES = 768;

// As many as T5 was trained with.
const EXTRA_IDS = 100;

const END = toToken('<|endoftext|>');
const CLIP_ROLES = { bos_token: toToken('<|startoftext|>'), eos_token: END, unk_token: END, pad_token: END };

/**
 * The tokenizer in a folder: `tokenizer.json`, T5's `spiece.model`, or CLIP's `vocab.json` and `merges.txt`; with the
 * settings of `tokenizer_config.json` and `special_tokens_map.json`. ByT5's has nothing but the settings.
 *
 * @param length - Tokens of every text, instead of the length the folder states: what the pipeline asks for, where that
 *   differs from what the text encoder could take (DeepFloyd-IF reads 77 tokens with a T5 that takes 512).
 * @throws TOKENIZER_INVALID naming the file.
 * @internal
 */
export async function loadTokenizer(files: BundleFiles, folder: string, length?: number): Promise<TextTokenizer> {
  if (await readsBytes(files, folder)) {
    const { maxLength = BYTES } = await readTokenizerSettings(files, folder);
    return new ByteTokenizer(length ?? maxLength);
  }
  const { settings, own } = await readTokenizer(files, folder);
  const definition = alignWithReference(withTokens(own, allTokens(settings)));
  const maxLength = length ?? settings.maxLength ?? statedLength(own) ?? LENGTH;
  try {
    const tokenizer = new Tokenizer(definition, {});
    alignParts(tokenizer, definition);
    return new FixedLengthTokenizer(tokenizer, maxLength, paddingId(definition, settings, folder));
  } catch (cause) {
    if (GuidanceError.isInstance(cause)) throw cause;
    throw new GuidanceError(
      'TOKENIZER_INVALID',
      `The tokenizer in ${folder} of ${files.description} cannot be built (${(cause as Error).message}). Fetch its files again.`,
      { folder },
      { cause },
    );
  }
}

async function readsBytes(files: BundleFiles, folder: string): Promise<boolean> {
  const config = await readOptionalObject(files, `${folder}/tokenizer_config.json`, 'TOKENIZER_INVALID');
  return config.tokenizer_class === 'ByT5Tokenizer';
}

/** Refuses a folder without the files of a tokenizer, before anything is built. @throws TOKENIZER_INVALID @internal */
export async function requireTokenizer(files: BundleFiles, folder: string): Promise<void> {
  if (await readsBytes(files, folder)) return;
  if ((await files.has(`${folder}/tokenizer.json`)) || (await files.has(`${folder}/spiece.model`))) return;
  for (const name of ['vocab.json', 'merges.txt']) {
    if (await files.has(`${folder}/${name}`)) continue;
    throw new GuidanceError(
      'TOKENIZER_INVALID',
      `${folder}/${name} is missing from ${files.description}. A tokenizer is tokenizer.json, spiece.model, or vocab.json and merges.txt together.`,
      { missing: `${folder}/${name}`, bundle: files.description },
    );
  }
}

interface ReadTokenizer {
  readonly settings: TokenizerSettings;
  readonly own: TokenizerDefinition;
}

async function readTokenizer(files: BundleFiles, folder: string): Promise<ReadTokenizer> {
  const stated = await readTokenizerSettings(files, folder);
  if (await files.has(`${folder}/tokenizer.json`))
    return { settings: stated, own: await readDefinition(files, folder) };
  const path = `${folder}/spiece.model`;
  if (!(await files.has(path))) return readClip(files, folder, stated);
  return {
    settings: { ...stated, roles: { ...T5_ROLES, ...stated.roles } },
    own: t5Definition(await files.read(path), stated.extraIds ?? EXTRA_IDS, path),
  };
}

async function readClip(files: BundleFiles, folder: string, stated: TokenizerSettings): Promise<ReadTokenizer> {
  const roles = { ...CLIP_ROLES, ...stated.roles };
  const own = clipDefinition(
    await readJson(files, `${folder}/vocab.json`, 'TOKENIZER_INVALID'),
    await readText(files, `${folder}/merges.txt`),
    { bos: roles.bos_token.content, eos: roles.eos_token.content, unk: roles.unk_token.content },
    folder,
  );
  return { settings: { ...stated, roles }, own };
}

async function readDefinition(files: BundleFiles, folder: string): Promise<TokenizerDefinition> {
  const path = `${folder}/tokenizer.json`;
  const value = await readJson(files, path, 'TOKENIZER_INVALID');
  if (!isObject(value) || !isObject(value.model)) {
    throw new GuidanceError('TOKENIZER_INVALID', `${path} of ${files.description} must be an object with a model.`, {
      path,
    });
  }
  return {
    model: value.model,
    normalizer: value.normalizer ?? null,
    pre_tokenizer: value.pre_tokenizer ?? null,
    post_processor: value.post_processor ?? null,
    decoder: value.decoder ?? null,
    added_tokens: Array.isArray(value.added_tokens) ? value.added_tokens : [],
    truncation: value.truncation,
    padding: value.padding,
  };
}

function statedLength({ truncation }: TokenizerDefinition): number | undefined {
  const length = isObject(truncation) ? truncation.max_length : undefined;
  return typeof length === 'number' && length > 0 ? length : undefined;
}

function paddingId(definition: TokenizerDefinition, settings: TokenizerSettings, folder: string): number {
  const { pad_token, eos_token } = settings.roles;
  const stated = isObject(definition.padding) ? definition.padding.pad_id : undefined;
  if (!pad_token && typeof stated === 'number') return stated;
  const usual = definition.model.type === 'Unigram' ? T5_ROLES.pad_token : END;
  const content = (pad_token ?? eos_token ?? usual).content;
  const id = definition.added_tokens.find((token) => token.content === content)?.id;
  const listed = id ?? listedId(definition.model, content);
  if (typeof listed === 'number') return listed;
  throw new GuidanceError(
    'TOKENIZER_INVALID',
    `${folder} names no padding token: its vocabulary has no ${content}. Set pad_token in ${folder}/tokenizer_config.json.`,
    { folder, token: content },
  );
}
