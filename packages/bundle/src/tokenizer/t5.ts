import { GuidanceError } from '@sega/guidance';
import type { TokenizerDefinition } from './definition.js';
import { type ProtobufField, protobufFields } from './protobuf.js';
import { type SpecialToken, toToken } from './special-tokens.js';

/** T5's marks. @internal */
export const T5_ROLES = { eos_token: toToken('</s>'), unk_token: toToken('<unk>'), pad_token: toToken('<pad>') };

// Numbers of fields in sentencepiece's messages.
const MODEL = { piece: 1, trainer: 2, normalizer: 3 };
const PIECE = { text: 1, score: 2 };
const TRAINER = { modelType: 3, unknownId: 40 };
const NORMALIZER = { charsmap: 2 };
const UNIGRAM = 1;

/**
 * T5's tokenizer from its original file: a sentencepiece unigram model, `</s>` appended. Follows the fast tokenizer of
 * transformers; `<extra_id_0>` gets the last of the ids after the model's own.
 *
 * @throws TOKENIZER_INVALID when the bytes are no unigram model.
 * @internal
 */
export function t5Definition(model: Uint8Array, extraIds: number, path: string): TokenizerDefinition {
  const vocab: [string, number][] = [];
  let unk = 0;
  let type = UNIGRAM;
  let rules: Uint8Array = new Uint8Array();
  try {
    for (const field of protobufFields(model)) {
      if (field.number === MODEL.piece) vocab.push(readPiece(field));
      for (const inner of field.number === MODEL.trainer ? protobufFields(field.bytes) : []) {
        if (inner.number === TRAINER.modelType) type = inner.value;
        if (inner.number === TRAINER.unknownId) unk = inner.value;
      }
      for (const inner of field.number === MODEL.normalizer ? protobufFields(field.bytes) : []) {
        if (inner.number === NORMALIZER.charsmap) rules = inner.bytes;
      }
    }
  } catch (cause) {
    throw invalid(`${path} is damaged (${(cause as Error).message}). Fetch it again.`, { path }, cause);
  }
  if (type !== UNIGRAM || !vocab[unk] || !vocab.some(([text]) => text === T5_ROLES.eos_token.content)) {
    throw invalid(
      `${path} has ${vocab.length} pieces, type ${type} and unknown piece ${unk}; a T5 tokenizer is a sentencepiece unigram model (type 1) with </s>. Fetch the tokenizer of the model's own text encoder.`,
      { path, pieces: vocab.length, type, unk },
    );
  }
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
  const end = { SpecialToken: { id: T5_ROLES.eos_token.content, type_id: 0 } };
  return {
    normalizer: rules.length > 0 ? { type: 'Precompiled', precompiled_charsmap: rules } : null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
    post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A', type_id: 0 } }, end] },
    decoder: metaspace,
    model: { type: 'Unigram', unk_id: unk, vocab },
    added_tokens: Array.from(
      { length: extraIds },
      (_, k): SpecialToken => ({ ...toToken(`<extra_id_${k}>`), id: vocab.length + extraIds - 1 - k }),
    ),
  };
}

function readPiece({ bytes }: ProtobufField): [string, number] {
  let text = '';
  let score = 0;
  for (const field of protobufFields(bytes)) {
    if (field.number === PIECE.text) text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(field.bytes);
    if (field.number === PIECE.score) score = field.value;
  }
  return [text, score];
}

function invalid(message: string, details: Record<string, unknown>, cause?: unknown): GuidanceError {
  return new GuidanceError('TOKENIZER_INVALID', message, details, ...(cause ? [{ cause }] : []));
}
