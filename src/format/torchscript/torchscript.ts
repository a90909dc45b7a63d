import { readPickle } from "../../codec/pickle.ts";
import type { PickleObject, PickleValue } from "../../codec/pickle-value.ts";
import type { ZipEntry } from "../../codec/zip.ts";
import { readZipEntry } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import { fromBytes } from "../../source/bytes.ts";
import type { Source } from "../../source/source.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { atenLayers } from "../aten/layers.ts";
import type { OpenContext } from "../format.ts";
import { archiveStorages, isBigEndian } from "../torch/archive.ts";
import { readTensorNode } from "../torch/rebuild.ts";
import type { FindStorage } from "../torch/storage.ts";
import { torchTensor } from "../torch/tensor.ts";
import { loadCode } from "./load-code.ts";
import { factsOfModule } from "./module-class.ts";
import { type ScriptObjects, scriptObjects } from "./objects.ts";
import { packedName, packedPaths, readPacked } from "./packed.ts";
import { followMethod, type ScriptCode } from "./program.ts";
import { scriptRoot } from "./recognise.ts";
import { viewShapes } from "./shapes.ts";
import { isScript, type ScriptObject, type ScriptValue } from "./value.ts";

/** Opens what `torch.jit.save` writes: modules, and the code that says which operators use their weights. */
export async function open(source: Source, { probe, budget, signal }: OpenContext): Promise<Model> {
  const entries = probe.zip ?? [];
  const folder = scriptRoot(entries.map(({ name }) => name));
  if (folder === null) throw new ReadError("malformed", "The TorchScript archive holds no data.pkl.");
  const context: ReadContext = { budget, signal };
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const bigEndian = await isBigEndian(source, byName.get(`${folder}byteorder`), context);
  const pickle = async (name: string): Promise<PickleValue> => {
    const entry = byName.get(`${folder}${name}`);
    return entry === undefined ? null : readWhole(source, entry, context);
  };
  const own = scriptObjects(await pickle("data.pkl"), "", budget);
  const constants = scriptObjects(await pickle("constants.pkl"), "CONSTANTS", budget);
  const tensors = await makeTensors(
    own,
    archiveStorages(source, byName, `${folder}data/`, bigEndian),
    context,
  );
  const fixed = await makeTensors(
    constants,
    archiveStorages(source, byName, `${folder}constants/`, bigEndian),
    context,
  );
  const all = new Map([...tensors, ...fixed]);
  const packed = await readPacked([...own.objects, ...constants.objects], all, context);
  const loaded = await codeOrNote(() =>
    loadCode(source, entries, folder, constantValues(constants), { budget, signal }),
  );
  const code: ScriptCode = {
    ...loaded.code,
    packedOf: (object) => packed.get(object),
  };
  const { facts, notes } = await layersOf(own, all, code, context);
  const used = new Set(facts.map(({ kernel }) => kernel));
  const others = own.objects.flatMap((object) => {
    const found = factsOfModule(object, all);
    return found === null || used.has(found.kernel) ? [] : [found];
  });
  const list = [...all.values()];
  const found = graphLayers([...facts, ...others], list);
  return {
    file: source.name,
    format: "torchscript",
    producer: "pytorch",
    layers: found.layers,
    tensors: list,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(list),
    notes: [...found.notes, ...loaded.notes, ...notes],
    close: async () => source.close?.(),
  };
}

async function readWhole(source: Source, entry: ZipEntry, context: ReadContext): Promise<PickleValue> {
  const bytes = fromBytes(await readZipEntry(source, entry, context), entry.name);
  const { value, end } = await readPickle(bytes, context);
  if (end !== bytes.size)
    throw new ReadError(
      "ambiguous",
      `The pickle ${JSON.stringify(entry.name)} ends at byte ${end}, but its entry goes on to ${bytes.size}.`,
    );
  return value;
}

/** The tensors by the paths at which they were met, named as the code names them. */
async function makeTensors(
  { tensors, objects }: ScriptObjects,
  find: FindStorage,
  context: ReadContext,
): Promise<Map<string, Tensor>> {
  const made = new Map<string, Tensor>();
  const packed = packedPaths(objects);
  const named = (name: string): string =>
    packedName(name, packed).replace(/^CONSTANTS\.(\d+)(?=\.|$)/, "CONSTANTS.c$1");
  for (const [name, node] of tensors) {
    context.budget.count(1, "tensors");
    const view = readTensorNode(node as PickleObject, find);
    if (view !== null) made.set(name, await torchTensor(named(name), view, find, context));
  }
  return made;
}

/** `c0`, `c1`, … of the code. */
function constantValues({ root }: ScriptObjects): ReadonlyMap<string, ScriptValue> {
  const items = isScript(root, "sequence") ? root.items : [];
  return new Map(items.map((value, i) => [`c${i}`, value]));
}

/** The convolutions that `forward` calls, in the order of execution. */
async function layersOf(
  { root }: ScriptObjects,
  tensors: ReadonlyMap<string, Tensor>,
  code: ScriptCode,
  context: ReadContext,
): Promise<{ readonly facts: readonly LayerFacts[]; readonly notes: readonly string[] }> {
  if (!isScript(root, "object")) return { facts: [], notes: [] };
  try {
    const methods = methodsOf(root, code);
    const facts: LayerFacts[] = [];
    let computed = 0;
    for (const method of methods) {
      const { calls, outputs } = followMethod(root, method, code, context.budget);
      const shapes = viewShapes(calls, tensors);
      const shapeOf = (value: string) => shapes.get(value) ?? null;
      const found = await atenLayers({ calls, tensors, outputs, shapeOf }, context);
      for (const fact of found.facts) facts.push(fact);
      computed = Math.max(computed, found.computed);
    }
    return {
      facts,
      notes:
        computed === 0
          ? []
          : [`${computed} convolutions use kernels that the network computes from its input.`],
    };
  } catch (error) {
    if (!(error instanceof ReadError) || error.code !== "limit") throw error;
    return { facts: [], notes: [notFollowed(error)] };
  }
}

/** The code, or none and a note when it is too much to be followed. */
async function codeOrNote(
  load: () => Promise<Omit<ScriptCode, "packedOf">>,
): Promise<{ readonly code: Omit<ScriptCode, "packedOf">; readonly notes: readonly string[] }> {
  try {
    return { code: await load(), notes: [] };
  } catch (error) {
    if (!(error instanceof ReadError) || error.code !== "limit") throw error;
    const code = { classOf: () => null, functionOf: () => null, constantOf: () => undefined };
    return { code, notes: [notFollowed(error)] };
  }
}

function notFollowed(error: ReadError): string {
  return `The code could not be followed, so the layers are told by their classes: ${error.message}`;
}

/** `forward` first, then what else the root offers. */
function methodsOf({ className }: ScriptObject, code: ScriptCode): readonly string[] {
  const names = [...(code.classOf(className)?.methods.keys() ?? [])].filter((name) => !name.startsWith("__"));
  return names.toSorted((a, b) => Number(b === "forward") - Number(a === "forward"));
}
