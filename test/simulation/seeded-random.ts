import { seededRandom } from '../support/seeded-random.ts';

/** Choices that a seed decides: the same seed makes the same ones on every machine. */
export class SeededRandom {
  /** 0 inclusive to 1 exclusive. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
    // Neighbouring seeds begin alike; their paths part after a few draws.
    for (let i = 0; i < 8; i++) this.next();
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new Error('nothing to pick from');
    return choice;
  }
}
