import { ReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { OpenContext } from "../format.ts";
import { formats } from "../formats.ts";
import { unrecognised } from "../unrecognised.ts";
import { listConstants } from "./constants.ts";
import { readIr } from "./graph.ts";
import { findConvolutions } from "./layers.ts";
import { looksLikeIr } from "./recognise.ts";

/** Largest network that is read; those of large language models have 10 MiB. */
export const IR_MOST = 32 * 1024 ** 2;

/** Opens OpenVINO's intermediate representation: a graph as XML and its weights beside it; either may be given. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const isXml = looksLikeIr(context.probe.head);
  const other = isXml ? await findBin(source, context) : await findXml(source, context);
  const [xml, bin] = isXml ? [source, other] : [other, source];
  const close = async (): Promise<void> => {
    await Promise.all([other.close?.(), source.close?.()]);
  };
  try {
    return { ...(await openPair(xml, bin, context)), file: source.name, close };
  } catch (error) {
    await other.close?.();
    throw error;
  }
}

function stemOf({ name }: Source): string {
  return name.replace(/^.*[/\\]/, "").replace(/\.(?:xml|bin)$/i, "");
}

async function findBin(xml: Source, { signal }: OpenContext): Promise<Source> {
  const name = `${stemOf(xml)}.bin`;
  const bin = (await xml.sibling?.(name, signal)) ?? null;
  if (bin !== null) return bin;
  throw new ReadError(
    "missing-sibling",
    `The weights of an OpenVINO network lie in ${JSON.stringify(name)}, which is not beside it: open the network from the folder that holds both (or drop the two together).`,
  );
}

/** The network beside a `.bin`; without one the file is of no kind that is known. */
async function findXml(bin: Source, { probe, signal }: OpenContext): Promise<Source> {
  const xml = (await bin.sibling?.(`${stemOf(bin)}.xml`, signal)) ?? null;
  if (xml !== null && xml.size > 0) {
    if (looksLikeIr(await xml.read(0, Math.min(xml.size, 4096), signal))) return xml;
    await xml.close?.();
  }
  throw unrecognised(probe, formats);
}

async function openPair(
  xml: Source,
  bin: Source,
  { budget, signal }: OpenContext,
): Promise<Omit<Model, "file" | "close">> {
  if (xml.size > IR_MOST) {
    throw new ReadError("limit", `The network has ${xml.size} bytes of XML; the limit is ${IR_MOST}.`);
  }
  const release = budget.take(xml.size * 4, "the network's XML");
  try {
    const text = new TextDecoder().decode(await xml.read(0, xml.size, signal));
    const { graphs, writer } = readIr(text, budget);
    const constants = listConstants(graphs, bin);
    const facts: LayerFacts[] = [];
    for (const graph of graphs) {
      facts.push(...(await findConvolutions(graph, { constants, context: { budget, signal } })));
    }
    const found = graphLayers(facts, constants.tensors);
    const biases = new Set(facts.map(({ bias }) => bias?.name));
    const version = /^(\d[\w.]*)/.exec(writer ?? "")?.[1];
    return {
      format: "openvino",
      producer: version === undefined ? null : `openvino ${version}`,
      layers: found.layers,
      tensors: constants.tensors,
      // A bias has as many axes as the output that it is added to.
      rejected: found.rejected.filter(({ tensor }) => !biases.has(tensor.name)),
      architecture: null,
      parameters: {
        total: constants.tensors
          .filter(({ dtype }) => !/^(?:u?int(?:32|64)|bool)$/.test(dtype))
          .reduce((sum, { shape }) => sum + countOf(shape), 0),
        trainable: null,
        nonTrainable: null,
      },
      notes: [
        ...(found.layers.length === 0
          ? []
          : [
              "OpenVINO folds normalisation into kernels: they may differ from those of the model that was converted.",
            ]),
        ...found.notes,
      ],
    };
  } finally {
    release();
  }
}
