import { ReadError } from "../../errors.ts";
import { Miss } from "./block-cache.ts";
import { childNames, describeObject, resolveLink } from "./describe.ts";
import type { OpenFile } from "./open-file.ts";
import { Hdf5Failure } from "./operation.ts";
import type { Hdf5Object, Job } from "./protocol.ts";

/** Milliseconds after which a walk reports what it has found so far: the host's watchdog counts silence. */
const REPORT_EVERY = 200;

/** A walk that stops where bytes are missing and goes on when called again. */
export type Walk = () => { readonly objects: readonly Hdf5Object[]; readonly last: boolean };

interface Place {
  readonly path: string;
  readonly depth: number;
}

interface Visit {
  readonly object: Hdf5Object;
  readonly children: readonly Place[];
}

/**
 * Lists all objects of a file, depth first, each once however many links lead to it: objects are known by their
 * address, so that circles of hard or soft links end. An object that cannot be read is listed with the reason
 * and does not stop the walk, unless it is the root.
 */
export function createWalk(file: OpenFile, job: Job & { kind: "walk" }): Walk {
  const pending: Place[] = [{ path: "/", depth: 0 }];
  const firstPath = new Map<number, string>();
  let found: Hdf5Object[] = [];
  let visited = 0;

  const visit = ({ path, depth }: Place): Visit => {
    const none = new Map();
    const target = resolveLink(file, path);
    if (!("address" in target)) {
      return {
        object: { path, kind: target.kind, reason: target.reason, address: null, attributes: none },
        children: [],
      };
    }
    const { address } = target;
    const alias = firstPath.get(address);
    const object = describeObject(file, path, target, job.attributes);
    if (alias !== undefined) return { object: { ...object, alias }, children: [] };
    if (object.kind !== "group") return { object, children: [] };
    const names = childNames(file, path);
    if (names.length > 0 && depth >= job.maxDepth) {
      throw new ReadError("limit", `The groups of the file are nested deeper than ${job.maxDepth} levels.`);
    }
    if (visited + pending.length + names.length > job.maxObjects) {
      throw new ReadError("limit", `The file holds more than ${job.maxObjects} HDF5 objects.`);
    }
    const prefix = path === "/" ? "/" : `${path}/`;
    return { object, children: names.map((name) => ({ path: prefix + name, depth: depth + 1 })) };
  };

  const next = (place: Place): void => {
    try {
      const { object, children } = visit(place);
      const { address } = object;
      pending.pop();
      if (address !== null && !firstPath.has(address)) firstPath.set(address, place.path);
      // The last one pushed is the first one visited.
      pending.push(...children.toReversed());
      found.push(object);
    } catch (error) {
      const isBroken =
        error instanceof Hdf5Failure || (error instanceof ReadError && error.code === "malformed");
      if (error instanceof Miss || !isBroken || place.path === "/") throw error;
      pending.pop();
      found.push({
        path: place.path,
        kind: "unreadable",
        address: null,
        attributes: new Map(),
        reason: `The HDF5 library says: ${error.message.replace(/\.$/, "")}.`,
      });
    }
    visited++;
  };

  return () => {
    const start = performance.now();
    for (let place = pending.at(-1); place !== undefined; place = pending.at(-1)) {
      next(place);
      if (performance.now() - start > REPORT_EVERY) break;
    }
    const objects = found;
    found = [];
    return { objects, last: pending.length === 0 };
  };
}
