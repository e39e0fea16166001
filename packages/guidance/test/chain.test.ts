import { chain, Direction, type Guidance, generate, scale } from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { describe, expect, it } from 'vitest';
import { driveAll, wavesOf } from './drive.js';

const shape = [1, 1, 2, 2];
const drive = { shape, steps: 2, predict: wavesOf(shape) };

/** A method that notes its name when it acts. */
function noting(name: string, order: string[], last = false): Guidance<void> {
  return {
    name,
    ...(last && { last }),
    branches: () => [],
    init: () => undefined,
    update: (direction) => {
      order.push(name);
      return direction;
    },
  };
}

async function orderOf(build: (order: string[]) => Guidance): Promise<string> {
  const order: string[] = [];
  await driveAll(build(order), { ...drive, steps: 1 });
  return order.join(' ');
}

describe('chain', () => {
  it('lets methods marked last act after all others, the first of them last', async () => {
    const order = await orderOf((notes) =>
      chain(noting('a', notes, true), noting('b', notes), noting('c', notes, true), noting('d', notes)),
    );
    expect(order).toBe('b d c a');
  });

  it('is one with the chains in it, so that a later link never follows a last one', async () => {
    const order = await orderOf((notes) =>
      chain(chain(noting('a', notes, true), chain(noting('b', notes), noting('c', notes, true))), noting('d', notes)),
    );
    expect(order).toBe('b d c a');
    expect(chain(chain(scale(2), scale(3)), scale(4)).name).toBe('chain(scale, scale, scale)');
  });

  it('keeps the state of each link apart, whatever the order they act in', async () => {
    const counting = (name: string, last: boolean): Guidance<{ seen: number }> => ({
      name,
      last,
      branches: () => ['unconditional'],
      init: () => ({ seen: 0 }),
      update: (direction, _predictions, _step, state) => direction.plus('unconditional', ++state.seen),
    });
    const steps = await driveAll(chain(counting('a', true), scale(0), counting('b', true)), drive);
    const twice = await driveAll(chain(scale(0), counting('a', false), counting('b', false)), drive);
    expect(steps.map(({ estimate }) => estimate)).toEqual(twice.map(({ estimate }) => estimate));
  });
});

describe('a direction', () => {
  it('tells the factor of each of its terms', () => {
    const scaled = Direction.start.times([2, 3]);
    expect(scaled.coefficient('prompt')).toEqual([2, 3]);
    expect(scaled.coefficient('unconditional')).toEqual([-2, -3]);
    expect(scaled.coefficient('concept:hat')).toBe(0);
    expect(Direction.zero.coefficient('prompt')).toBe(0);
  });
});

describe('what a method reports', () => {
  it('is in the result, and the model is among what it knows', async () => {
    const method: Guidance<void> = {
      ...noting('reporter', []),
      init: ({ model, stage, report }) => report({ method: 'reporter', stage, model: model.name }),
    };
    const { applied } = await generate(referenceModel(), 'king', { guidance: [scale(2), method] });
    expect(applied).toEqual([{ method: 'reporter', stage: 'base', model: 'reference' }]);
    expect((await generate(referenceModel(), 'king')).applied).toEqual([]);
  });
});
