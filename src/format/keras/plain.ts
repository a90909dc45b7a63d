import type { Budget } from "../../budget.ts";

/** A JSON object without a prototype: `__proto__` and `constructor` are keys like any other. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object (not a list, not null). */
export function isObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON list. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

interface Job {
  readonly from: unknown;
  readonly depth: number;
  put(copy: unknown): void;
}

/**
 * Copies parsed JSON into objects without prototypes, within the budget's nodes and depth. Tuples, which Keras
 * writes as `{"class_name": "__tuple__", "items": [...]}`, become lists.
 *
 * @throws ReadError `limit` when it is nested too deeply or too large.
 */
export function toPlain(json: unknown, budget: Budget): unknown {
  let result: unknown;
  const jobs: Job[] = [{ from: json, depth: 0, put: (copy) => (result = copy) }];
  for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
    const { depth, put } = job;
    const from = untupled(job.from);
    if (isList(from)) {
      const copy: unknown[] = new Array(from.length).fill(null);
      open(budget, depth, from.length);
      for (const [index, item] of from.entries()) {
        jobs.push({
          from: item,
          depth: depth + 1,
          put: (value) => {
            copy[index] = value;
          },
        });
      }
      put(copy);
    } else if (isObject(from)) {
      const copy: Record<string, unknown> = Object.create(null);
      const keys = Object.keys(from);
      open(budget, depth, keys.length);
      for (const key of keys) {
        copy[key] = null; // keeps the file's order of keys
        jobs.push({ from: from[key], depth: depth + 1, put: (value) => (copy[key] = value) });
      }
      put(copy);
    } else {
      put(from);
    }
  }
  return result;
}

function open(budget: Budget, depth: number, children: number): void {
  budget.enter(depth, "Parts of the Keras config");
  budget.count(children + 1, "values in the Keras config");
}

function untupled(value: unknown): unknown {
  return isObject(value) && value.class_name === "__tuple__" && isList(value.items) ? value.items : value;
}
