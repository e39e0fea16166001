import type { Graph, Port, Runtime, TensorOps } from '@sega/guidance';
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js';
import { allFinite, notFinite } from './all-finite.js';
import { inLanes, runRowOutputs } from './batched-rows.js';
import type { TextCondition } from './condition-stack.js';
import { checkInputs, findPort } from './ports.js';

/** What text encoders differ in. @internal */
export interface TextEncoderOptions {
  /** The text as the tokenizer shall see it. Default: as it is. */
  readonly prepare?: (text: string) => string | Promise<string>;
  /** The encoder is told which tokens are padding. Default false: CLIP's is not. */
  readonly masked?: boolean;
  /** Name of a second output to keep, one vector for each text. Default: none. */
  readonly pooled?: string;
  /** Who reads the text, in warnings. Default `the model`. */
  readonly reader?: string;
}

const COMPONENT = 'text encoder';
const NAMED_WORDS = 20;

/**
 * A text encoder: text → token ids → the last hidden state, one row of numbers for each token.
 *
 * Remembers the last texts used, so that each is encoded once while the model lives. ONNX Runtime rounds differently in
 * another company: each text runs by itself, so that its numbers, and a seed's picture, never depend on the others.
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
  readonly #outputs: readonly Port[];
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
    this.#outputs = [
      findPort(COMPONENT, graph.outputs, ['last_hidden_state'], 3),
      ...(options.pooled === undefined ? [] : [findPort(COMPONENT, graph.outputs, [options.pooled], 2)]),
    ];
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
    const { reader = 'the model' } = this.#options;
    for (const condition of known) warnOf(condition, `${this.#tokenizer.maxLength} tokens ${reader}`, warn);
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
    const ops = this.#runtime.createOps();
    try {
      return await inLanes(this.#graph.lanes ?? 1, texts, (text) => this.#encodeOne(text, ops));
    } finally {
      ops.dispose();
    }
  }

  async #encodeOne(text: string, ops: TensorOps): Promise<TextCondition> {
    const { prepare = (written) => written } = this.#options;
    const { ids, mask, dropped } = this.#tokenizer.encode(await prepare(text));
    const shape = [1, ids.length];
    const arrays = {
      [this.#ids.name]: { data: ids, shape },
      ...(this.#mask && { [this.#mask.name]: { data: mask, shape } }),
    };
    const names = this.#outputs.map(({ name }) => name);
    const outputs = await runRowOutputs(this.#graph, names, { arrays }, 1, ops);
    const [embedding, pooled] = await Promise.all(outputs.map((output) => this.#runtime.read(output)));
    if (![embedding, pooled].every((values) => !values || allFinite(values))) throw notFinite(COMPONENT, 'embeddings');
    return { text, embedding: embedding!, shape: outputs[0]!.shape.slice(1), dropped, ...(pooled && { pooled }) };
  }
}

function warnOf({ text, dropped }: TextCondition, limit: string, warn: (message: string) => void): void {
  if (dropped === '') return;
  const words = dropped.split(/\s+/u);
  const more = words.length > NAMED_WORDS ? ` … and ${words.length - NAMED_WORDS} more words` : '';
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  warn(
    `The text "${start}" is longer than the ${limit} reads; it dropped: ` +
      `${words.slice(0, NAMED_WORDS).join(' ')}${more}`,
  );
}
