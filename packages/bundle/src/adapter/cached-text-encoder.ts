import type { Graph, Port, Runtime } from '@sega/guidance';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { allFinite, notFinite } from './all-finite.js';
import { runRows } from './batched-rows.js';
import type { TextCondition } from './condition-stack.js';
import { checkInputs, findPort } from './ports.js';

/** What text encoders differ in. @internal */
export interface TextEncoderOptions {
  /** The text as the tokenizer shall see it. Default: as it is. */
  readonly prepare?: (text: string) => string;
  /** The encoder is told which tokens are padding. Default false: CLIP's is not. */
  readonly masked?: boolean;
}

const COMPONENT = 'text encoder';
// ONNX Runtime rounds differently in another company: one text for each run keeps a text's numbers, and so a seed's
// picture, the same whatever is encoded with it.
const MAX_ROWS = 1;
const NAMED_WORDS = 20;

/**
 * A text encoder: text → token ids → the last hidden state, one row of numbers for each token.
 *
 * Remembers the last texts used, so that each is encoded once while the model lives.
 *
 * @internal
 */
export class CachedTextEncoder {
  /** Texts remembered. */
  static readonly CACHE = 256;

  readonly #graph: Graph;
  readonly #options: TextEncoderOptions;
  readonly #ids: Port;
  readonly #mask: Port | undefined;
  readonly #output: Port;
  readonly #tokenizer: TextTokenizer;
  readonly #runtime: Runtime;
  /** Least recently used first. */
  readonly #cache = new Map<string, Promise<TextCondition>>();

  constructor(graph: Graph, tokenizer: TextTokenizer, runtime: Runtime, options: TextEncoderOptions = {}) {
    this.#graph = graph;
    this.#options = options;
    this.#ids = findPort(COMPONENT, graph.inputs, ['input_ids'], 2);
    this.#mask = options.masked ? findPort(COMPONENT, graph.inputs, ['attention_mask'], 2) : undefined;
    checkInputs(COMPONENT, graph, [this.#ids, ...(this.#mask ? [this.#mask] : [])]);
    this.#output = findPort(COMPONENT, graph.outputs, ['last_hidden_state'], 3);
    this.#tokenizer = tokenizer;
    this.#runtime = runtime;
  }

  /** The conditions of distinct texts, in their order. */
  async encode(texts: readonly string[], warn: (message: string) => void): Promise<readonly TextCondition[]> {
    const missing = texts.filter((text) => !this.#cache.has(text));
    const encoded = this.#encodeAll(missing);
    missing.forEach((text, i) => {
      this.#cache.set(
        text,
        encoded.then((conditions) => conditions[i]!),
      );
    });
    encoded.catch(() => missing.forEach((text) => void this.#cache.delete(text)));
    const conditions = texts.map((text) => this.#touch(text));
    for (const oldest of [...this.#cache.keys()].slice(0, -CachedTextEncoder.CACHE)) this.#cache.delete(oldest);
    const known = await Promise.all(conditions);
    for (const condition of known) warnOf(condition, this.#tokenizer.maxLength, warn);
    return known;
  }

  #touch(text: string): Promise<TextCondition> {
    const condition = this.#cache.get(text)!;
    this.#cache.delete(text);
    this.#cache.set(text, condition);
    return condition;
  }

  async #encodeAll(texts: readonly string[]): Promise<readonly TextCondition[]> {
    if (texts.length === 0) return [];
    const { prepare = (text) => text } = this.#options;
    const encoded = texts.map((text) => this.#tokenizer.encode(prepare(text)));
    const shape = [texts.length, this.#tokenizer.maxLength];
    const ids = { data: encoded.flatMap((text) => [...text.ids]), shape };
    const mask = { data: encoded.flatMap((text) => [...text.mask]), shape };
    const ops = this.#runtime.createOps();
    try {
      const feeds = { arrays: { [this.#ids.name]: ids, ...(this.#mask && { [this.#mask.name]: mask }) } };
      const states = await runRows(this.#graph, this.#output.name, feeds, MAX_ROWS, ops);
      const values = await this.#runtime.read(states);
      if (!allFinite(values)) throw notFinite(COMPONENT, 'embeddings');
      const size = values.length / texts.length;
      return texts.map((text, i) => ({
        text,
        embedding: values.slice(i * size, (i + 1) * size),
        shape: states.shape.slice(1),
        dropped: encoded[i]!.dropped,
      }));
    } finally {
      ops.dispose();
    }
  }
}

function warnOf({ text, dropped }: TextCondition, maxLength: number, warn: (message: string) => void): void {
  if (dropped === '') return;
  const words = dropped.split(/\s+/u);
  const more = words.length > NAMED_WORDS ? ` … and ${words.length - NAMED_WORDS} more words` : '';
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  warn(
    `The text "${start}" is longer than the ${maxLength} tokens the model reads; it dropped: ` +
      `${words.slice(0, NAMED_WORDS).join(' ')}${more}`,
  );
}
