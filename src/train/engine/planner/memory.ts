import { ReadError } from "../../../errors.ts";
import type { Region } from "../plan.ts";

/** Two cache lines: what everything is aligned to, so that no two threads write to one. */
const ALIGNMENT = 128;
/** Kernels compare addresses as signed numbers. */
const MOST_BYTES = 2 ** 31 - 65_536;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Hands out memory from the bottom up and writes down what for. */
export class MemoryMap {
  readonly regions: Region[] = [];
  readonly #scratch = new Map<string, Region>();
  #top: number;

  /** Address 0 is never handed out: it stands for "none". */
  constructor(start = ALIGNMENT) {
    this.#top = start;
  }

  get top(): number {
    return this.#top;
  }

  take(name: string, bytes: number): number {
    const address = this.#top;
    const size = aligned(bytes);
    if (address + size > MOST_BYTES) {
      const gigabytes = ((address + size) / 2 ** 30).toFixed(1);
      throw new ReadError(
        "limit",
        `Training this network needs at least ${gigabytes} GiB for ${name} and what comes before it; the engine has 2 GiB. Use a smaller batch or a smaller network.`,
      );
    }
    this.#top += size;
    this.regions.push({ name, address, bytes: size });
    return address;
  }

  /** Memory that one layer's pass needs at a time; all layers share what they name alike. */
  scratch(name: string, bytes: number): number {
    const known = this.#scratch.get(name);
    if (known !== undefined && known.bytes >= bytes) return known.address;
    const address = this.take(name, bytes);
    this.#scratch.set(name, { name, address, bytes });
    return address;
  }
}
