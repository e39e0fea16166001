const SIZE = 624;
const SHIFT = 397;

/** MT19937, the generator behind torch's CPU streams: 32 random bits at a time. @internal */
export class MersenneTwister {
  readonly #state: Uint32Array = new Uint32Array(SIZE);
  #position = SIZE;

  /** @param seed - Its low 32 bits are used. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed % 2 ** 32;
    for (let i = 1; i < SIZE; i++) {
      const last = state[i - 1]!;
      state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** The next whole number from [0, 2³²). */
  next(): number {
    if (this.#position === SIZE) this.#twist();
    let y = this.#state[this.#position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0, next = 1, far = SHIFT; i < SIZE; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[next]! & 0x7fffffff);
      state[i] = state[far]! ^ (mixed >>> 1) ^ (-(mixed & 1) & 0x9908b0df);
      // Steps in place of remainders, which took as long as all else here.
      next = next + 1 === SIZE ? 0 : next + 1;
      far = far + 1 === SIZE ? 0 : far + 1;
    }
    this.#position = 0;
  }
}
