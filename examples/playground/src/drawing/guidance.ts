import {
  type Concept,
  chain,
  type Guidance,
  interval,
  type Model,
  type Recording,
  record,
  replay,
  scale,
  semantic,
  type Trace,
  toward,
} from '@sega/guidance';
import { steeredStage, type Wish } from './wish.js';

/** What is captured of a run, or added to one. */
export interface GuidanceParts {
  /** Receives the concept vector of the whole edit. */
  readonly vector?: Recording;
  /** Receives what each concept alone touches, in the wish's order. */
  readonly touched?: readonly Recording[];
  /** A concept vector in the concepts' place. */
  readonly replayed?: Trace;
}

/** Semantic guidance as a wish asks for it: `scale`, then the concepts or a recorded vector of them. */
export function guidanceOf(wish: Wish, model: Model, { vector, touched, replayed }: GuidanceParts = {}): Guidance {
  const { guided = 1 } = steeredStage(model).defaults;
  const free = scale(wish.scale);
  const plain = guided < 1 ? interval(free, { fraction: [0, guided] }) : free;
  if (replayed) return chain(plain, replay(replayed));
  if (wish.concepts.length === 0) return plain;
  const concepts = wish.concepts.map(({ text, strength }) => conceptOf(text, strength, wish));
  const edit = semantic(concepts, { momentum: wish.momentum });
  const watched = (touched ?? []).map((recording, i) => onlyWatch(record(semantic([concepts[i]!]), recording)));
  return chain(plain, vector ? record(edit, vector) : edit, ...watched);
}

function conceptOf(text: string, strength: number, { threshold, warmup, cooldown }: Wish): Concept {
  return toward(text, {
    scale: strength,
    threshold,
    ...(warmup !== undefined && { warmup }),
    ...(cooldown !== undefined && { cooldown }),
  });
}

/** Lets a method see a run without changing it. */
function onlyWatch<State>(method: Guidance<State>): Guidance<State> {
  return {
    ...method,
    name: `watch(${method.name})`,
    update: (direction, predictions, step, state, ops) => {
      method.update(direction, predictions, step, state, ops);
      return direction;
    },
  };
}
