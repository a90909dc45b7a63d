import { kernelAxes } from "../../model/axis-order.ts";
import { type FoundLayers, findLayers } from "../../model/find-layers.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { ConvLayer, Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { openHdf5 } from "../hdf5/hdf5-file.ts";
import { listArrays } from "./arrays.ts";
import { findMatConvNet } from "./matconvnet.ts";
import { isReferred, MATLAB_ATTRIBUTES, matlabValues } from "./values.ts";

/** Arrays without a network: `conv1.Weights` and `conv1.Bias`, as the Deep Learning Toolbox names them. */
function plainLayers(tensors: readonly Tensor[], axisOrder: string | undefined): FoundLayers {
  const isComplex = ({ dtype }: Tensor): boolean => dtype === "compound";
  const real = tensors.filter((tensor) => !isComplex(tensor));
  const found = findLayers(real, { axisOrder, convention: "keras", names: "hints" });
  const byName = new Map(real.map((tensor) => [tensor.name, tensor]));
  const layers = found.layers.map((guessed) => {
    const layer = axisOrder === undefined ? withDepthLast(guessed) : guessed;
    const bias = byName.get(layer.kernel.name.replace(/Weights$/, "Bias"));
    const fits = bias !== undefined && bias !== layer.kernel && countOf(bias.shape) === layer.shape[0];
    return layer.bias === null && fits ? { ...layer, bias } : layer;
  });
  const complex = tensors
    .filter((tensor) => isComplex(tensor) && tensor.shape.length >= 3)
    .map((tensor) => ({ tensor, reason: "It holds complex numbers." }));
  return { ...found, layers, rejected: [...found.rejected, ...complex] };
}

/** MATLAB's volumes are height x width x depth: so are the kernels of its 3-D convolutions. */
function withDepthLast(layer: ConvLayer): ConvLayer {
  if (!layer.axisOrder.startsWith("DHW")) return layer;
  const axisOrder = layer.axisOrder.replace("DHW", "HWD");
  const { kind, groups, kernel } = layer;
  const { shape } = kernelAxes(kernel.shape, axisOrder, { transposed: kind === "transposed", groups });
  return { ...layer, axisOrder, shape };
}

/**
 * Opens a MATLAB 7.3 file: HDF5 with MATLAB's conventions. Arrays are listed with MATLAB's axes (HDF5 states them in
 * reverse), cells and structs by the expression that reaches each array. MatConvNet's networks say what their arrays
 * are; of others the names and shapes do.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal, spawn, axisOrder } = context;
  const file = await openHdf5(source, { budget, signal, spawn, attributes: MATLAB_ATTRIBUTES });
  try {
    const values = matlabValues(file, source, { budget, signal });
    const arrays = await listArrays(values, budget);
    const tensors = arrays.map(({ tensor }) => tensor);
    const byPath = new Map(arrays.map(({ object, tensor }) => [object.path, tensor]));
    const facts = await findMatConvNet(values, byPath);
    const found = facts.length > 0 ? graphLayers(facts, tensors) : plainLayers(tensors, axisOrder);
    const opaque = file.objects.some(
      (object) => !isReferred(object) && object.path.startsWith("/#subsystem#"),
    );
    return {
      file: source.name,
      format: "matlab",
      producer: facts.length > 0 ? "matconvnet" : "matlab",
      layers: found.layers,
      tensors,
      rejected: found.rejected,
      architecture: null,
      parameters: parametersOf(tensors),
      notes: [
        ...(opaque
          ? [
              "The file holds objects of MATLAB classes, such as networks of the Deep Learning Toolbox, which only MATLAB can read: export the network with exportONNXNetwork, or save its layers' Weights as arrays.",
            ]
          : []),
        ...found.notes,
      ],
      close: async () => {
        file.close();
        await source.close?.();
      },
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
