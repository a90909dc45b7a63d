/** Places in the control words. */
const ARRIVED = 0;
const GENERATION = 1;
const COMMAND = 2;
const FAILED = 3;
const MESSAGE = 4;
const COUNTERS = 32;

/** Phases between two barriers at most; each has a counter of its own. */
const COUNTER_COUNT = 64;
/** Looks at a word this often before going to sleep: barriers are usually a few microseconds apart. */
const SPINS = 3000;
/** A thread that sleeps looks again after so many milliseconds, in case it missed the call. */
const NAP = 1000;
/** Naps after which the others are taken for dead. */
const PATIENCE = 120;

/** Words that a command may carry. */
export const MESSAGE_WORDS = 8;

/**
 * Threads that share memory and work in step: a barrier, counters that hand out work, and a command that wakes the
 * others. Plain `Atomics`; the same in Node and in browsers.
 */
export class Team {
  readonly threads: number;
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #base: number;
  readonly #maySleep: boolean;
  #counter = 0;
  /** Pieces taken, when there is one thread. */
  #own = 0;
  #seen = 0;

  constructor(words: Int32Array<ArrayBufferLike>, control: number, threads: number) {
    this.#words = words;
    this.#base = control >> 2;
    this.threads = threads;
    this.#maySleep = threads > 1 && maySleep(words, this.#base + COMMAND);
  }

  /** The next piece of the current phase, `pieces` or more when none is left. */
  take(pieces: number): number {
    if (this.threads > 1) return Atomics.add(this.#words, this.#base + COUNTERS + this.#counter, 1);
    const piece = this.#own++;
    if (piece >= pieces) this.#own = 0;
    return piece;
  }

  /** Ends a phase; waits for the others when told to, or when the counters are used up. */
  next(wait: boolean): void {
    if (this.threads === 1) return;
    this.#counter++;
    if (wait || this.#counter === COUNTER_COUNT) this.#barrier();
  }

  /** Wakes the others with a command. */
  call(message: readonly number[]): void {
    if (this.threads === 1) return;
    message.forEach((word, i) => {
      this.#words[this.#base + MESSAGE + i] = word;
    });
    Atomics.add(this.#words, this.#base + COMMAND, 1);
    Atomics.notify(this.#words, this.#base + COMMAND);
  }

  /** Waits for the next command; only for the threads that are called. */
  listen(): Int32Array {
    this.#wait(COMMAND, this.#seen, Number.POSITIVE_INFINITY);
    this.#seen = Atomics.load(this.#words, this.#base + COMMAND);
    return this.#words.slice(this.#base + MESSAGE, this.#base + MESSAGE + MESSAGE_WORDS);
  }

  /** Lets no other thread wait for this one any longer. */
  fail(): void {
    Atomics.store(this.#words, this.#base + FAILED, 1);
    Atomics.notify(this.#words, this.#base + GENERATION);
  }

  #barrier(): void {
    this.#counter = 0;
    const words = this.#words;
    const generation = Atomics.load(words, this.#base + GENERATION);
    if (Atomics.add(words, this.#base + ARRIVED, 1) < this.threads - 1) {
      this.#wait(GENERATION, generation, PATIENCE);
      return;
    }
    Atomics.store(words, this.#base + ARRIVED, 0);
    for (let i = 0; i < COUNTER_COUNT; i++) Atomics.store(words, this.#base + COUNTERS + i, 0);
    Atomics.add(words, this.#base + GENERATION, 1);
    Atomics.notify(words, this.#base + GENERATION);
  }

  /** Waits until a word is no longer `old`. */
  #wait(word: number, old: number, naps: number): void {
    const words = this.#words;
    const at = this.#base + word;
    for (let i = 0; i < SPINS; i++) if (Atomics.load(words, at) !== old) return;
    const end = performance.now() + naps * NAP;
    while (Atomics.load(words, at) === old) {
      if (Atomics.load(words, this.#base + FAILED) !== 0) throw new Error("another thread failed");
      if (performance.now() > end)
        throw new Error(`another thread did not answer for ${(naps * NAP) / 1000} s`);
      if (this.#maySleep) Atomics.wait(words, at, old, NAP);
    }
  }
}

/** A page's main thread must not sleep; asking is the only way to know. */
function maySleep(words: Int32Array<ArrayBufferLike>, at: number): boolean {
  try {
    Atomics.wait(words as Int32Array<SharedArrayBuffer>, at, Atomics.load(words, at) + 1, 0);
    return true;
  } catch {
    return false;
  }
}
