import { GuidanceError } from '@sega/guidance';
import { isObject } from '../read-json.js';
import type { TokenizerDefinition } from './definition.js';

/** Marks CLIP's definition needs. @internal */
export interface ClipMarks {
  readonly bos: string;
  readonly eos: string;
  readonly unk: string;
}

const PATTERN = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/**
 * CLIP's tokenizer from its two original files: NFC, whitespace collapsed, lower case, byte-level BPE with `</w>` at the
 * end of words. Follows the fast tokenizer of transformers.
 *
 * @param vocabulary - The value of `vocab.json`.
 * @param merges - The text of `merges.txt`.
 * @throws TOKENIZER_INVALID when the two do not make a tokenizer.
 * @internal
 */
export function clipDefinition(
  vocabulary: unknown,
  merges: string,
  marks: ClipMarks,
  folder: string,
): TokenizerDefinition {
  const vocab = checkVocabulary(vocabulary, folder);
  for (const mark of new Set(Object.values(marks) as string[])) {
    if (Object.hasOwn(vocab, mark)) continue;
    throw invalid(
      `${folder}/vocab.json has no entry for the special token ${mark}. Fetch the tokenizer's files from one source.`,
      { token: mark },
    );
  }
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PATTERN }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [marks.eos, vocab[marks.eos]],
      cls: [marks.bos, vocab[marks.bos]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      unk_token: marks.unk,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges: parseMerges(merges, vocab, folder),
    },
    added_tokens: [],
  };
}

function checkVocabulary(value: unknown, folder: string): Readonly<Record<string, number>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  const wrong = entries.find(([, id]) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (entries.length > 0 && !wrong) return value as Record<string, number>;
  const found = wrong ? `maps ${JSON.stringify(wrong[0])} to ${JSON.stringify(wrong[1])}` : 'holds no tokens';
  throw invalid(`${folder}/vocab.json ${found}; it must map tokens to ids, whole numbers from 0.`, { entry: wrong });
}

function parseMerges(text: string, vocab: Readonly<Record<string, number>>, folder: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line === '' || line.startsWith('#version')) return [];
    const [left, right, ...rest] = line.split(' ');
    const where = `${folder}/merges.txt, line ${index + 1}`;
    if (!left || !right || rest.length > 0) {
      throw invalid(`${where} is ${JSON.stringify(line)}; it must be two tokens with a space between.`, { line });
    }
    if (!Object.hasOwn(vocab, left + right)) {
      throw invalid(
        `${where} makes ${JSON.stringify(left + right)}, which vocab.json does not list. Fetch both files from one source.`,
        { line, token: left + right },
      );
    }
    return [[left, right]];
  });
}

function invalid(message: string, details: Record<string, unknown>): GuidanceError {
  return new GuidanceError('TOKENIZER_INVALID', message, details);
}
