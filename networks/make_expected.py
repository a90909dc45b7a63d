"""Writes what the real frameworks hold: expected/<package>.json for every package of packages.ts.

usage: make_expected.py CACHE   (the folder in which main.ts has unpacked the packages)

For each file: the shapes and SHA-256 sums of all convolution kernels, in canonical axes
[out, inPerGroup, depth, height, width], as little-endian float32 (the sum of a kernel does not depend on its name).
The graphs are walked here by code that shares nothing with the library.
"""
import hashlib
import json
import os
import sys

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = os.path.dirname(os.path.abspath(__file__))


def canonical(kernel, order, groups=1, transposed=False):
    """`kernel`, whose axes are called by the letters of `order`, as [O, I, D, H, W]."""
    kernel = np.asarray(kernel)
    if "M" in order:  # depthwise: output i * M + m
        spatial = [axis for axis, letter in enumerate(order) if letter in "DHW"]
        kernel = kernel.transpose([order.index("I"), order.index("M"), *spatial])
        kernel = kernel.reshape(-1, 1, *kernel.shape[2:])
    else:
        spatial = [axis for axis, letter in enumerate(order) if letter in "DHW"]
        kernel = kernel.transpose([order.index("O"), order.index("I"), *spatial])
        if transposed and groups > 1:  # all inputs, the outputs of one group
            out, inputs = kernel.shape[:2]
            kernel = kernel.reshape(out, groups, inputs // groups, *kernel.shape[2:])
            kernel = kernel.swapaxes(0, 1).reshape(groups * out, inputs // groups, *kernel.shape[3:])
    while kernel.ndim < 5:
        kernel = np.expand_dims(kernel, 2)
    return np.ascontiguousarray(kernel)


def entry(kernel):
    wide = kernel.dtype in (np.float64, np.int32, np.int64)
    values = np.ascontiguousarray(kernel.astype("<f8" if wide else "<f4"))
    return [list(values.shape), hashlib.sha256(values.tobytes()).hexdigest()]


SPATIAL = {3: "W", 4: "HW", 5: "DHW"}


def onnx_kernels(path):
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    found = {}
    kept = []  # an object that is let go may give its id to another

    def visit(graph, outer):
        values = dict(outer)
        for tensor in graph.initializer:
            values[tensor.name] = tensor
            kept.append(tensor)
        for node in graph.node:
            attributes = {a.name: a for a in node.attribute}
            if node.op_type == "Constant" and "value" in attributes:
                values[node.output[0]] = attributes["value"].t
                kept.append(values[node.output[0]])
            elif node.op_type == "Identity" and node.input[0] in values:
                values[node.output[0]] = values[node.input[0]]
            elif node.op_type in ("Conv", "ConvTranspose") and node.input[1] in values:
                tensor = values[node.input[1]]
                kernel = numpy_helper.to_array(tensor)
                groups = attributes["group"].i if "group" in attributes else 1
                back = node.op_type == "ConvTranspose"
                order = ("IO" if back else "OI") + SPATIAL[kernel.ndim]
                found[(id(tensor), order)] = entry(canonical(kernel, order, groups, back))
            for attribute in node.attribute:
                for inner in [attribute.g] if attribute.HasField("g") else list(attribute.graphs):
                    visit(inner, values)

    visit(model.graph, {})
    return list(found.values())


def tflite_kernels(path):
    from tensorflow.lite.python import schema_py_generated as schema

    interpreter_dtypes = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 9: "i1"}
    with open(path, "rb") as file:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(file.read(), 0))
    orders = {3: ("OHWI", False), 4: ("IHWO", False), 67: ("OHWI", True), 163: ("DHWIO", False)}
    found = {}

    def code(operator):
        own = model.operatorCodes[operator.opcodeIndex]
        if own.customCode == b"Convolution2DTransposeBias":  # MediaPipe's own; weights as TRANSPOSE_CONV has them
            return 67
        return max(own.deprecatedBuiltinCode, own.builtinCode)

    def densify(tensor, values):
        sparsity = tensor.sparsity
        order, block_map = list(sparsity.traversalOrder), list(sparsity.blockMap if sparsity.blockMap is not None else [])
        rank = len(tensor.shape)
        blocks = [sparsity.dimMetadata[order.index(rank + i)].denseSize for i in range(len(block_map))]
        dense = np.zeros(tensor.shape, values.dtype)
        at = iter(values)

        def walk(level, position, previous):
            if level == len(order):
                index = [0] * rank
                for axis in range(rank):
                    index[axis] = position.get(axis, 0)
                for i, axis in enumerate(block_map):
                    index[axis] = index[axis] * blocks[i] + position.get(rank + i, 0)
                dense[tuple(index)] = next(at)
                return
            meta = sparsity.dimMetadata[level]
            if meta.format == 0:
                for i in range(meta.denseSize):
                    walk(level + 1, {**position, order[level]: i}, previous * meta.denseSize + i)
            else:
                segments, indices = meta.arraySegments.values, meta.arrayIndices.values
                for i in range(segments[previous], segments[previous + 1]):
                    walk(level + 1, {**position, order[level]: int(indices[i])}, i)

        walk(0, {}, 0)
        return dense

    for graph in model.subgraphs:
        producers = {o: op for op in graph.operators for o in op.outputs}
        for operator in graph.operators:
            if code(operator) not in orders:
                continue
            at = operator.inputs[1]
            while at in producers and code(producers[at]) in (6, 124):  # DEQUANTIZE, DENSIFY
                at = producers[at].inputs[0]
            tensor = graph.tensors[at]
            data = model.buffers[tensor.buffer].data
            if data is None:
                continue
            values = np.frombuffer(bytes(data), interpreter_dtypes[tensor.type])
            values = densify(tensor, values) if tensor.sparsity is not None else values.reshape(tensor.shape)
            quantization = tensor.quantization
            if values.dtype.kind in "iu" and quantization is not None and quantization.scale is not None:
                axis = [1] * values.ndim
                if len(quantization.scale) > 1:
                    axis[quantization.quantizedDimension] = len(quantization.scale)
                scale = np.asarray(quantization.scale, np.float32).reshape(axis)
                zero = np.asarray(quantization.zeroPoint, np.float32).reshape(axis if len(quantization.zeroPoint) > 1 else -1)
                values = ((values.astype(np.float32) - zero) * scale).astype(np.float32)
            order, back = orders[code(operator)]
            found[(id(tensor), order)] = entry(canonical(values, order, 1, back))
    return list(found.values())


CONVOLUTIONS = {
    "Conv2D": "HWIO",
    "_FusedConv2D": "HWIO",
    "Conv3D": "DHWIO",
    "DepthwiseConv2dNative": "HWIM",
    "FusedDepthwiseConv2dNative": "HWIM",
    "Conv2DBackpropInput": "HWOI",
    "Conv3DBackpropInputV2": "DHWOI",
}


def graph_kernels(nodes, constants):
    """`nodes`: name -> (op, inputs); `constants`: name -> array."""
    found = {}
    for op, inputs in nodes.values():
        if op not in CONVOLUTIONS:
            continue
        name = inputs[1].split(":")[0]
        moves = []
        while name not in constants and name in nodes and nodes[name][0] in ("Identity", "ExpandDims", "Reshape", "Transpose"):
            if nodes[name][0] == "Transpose":
                moves.insert(0, constants[nodes[name][1][1].split(":")[0]])
            name = nodes[name][1][0].split(":")[0]
        if name in constants:
            kernel = constants[name]
            for move in moves:
                kernel = kernel.transpose(move)
            order = CONVOLUTIONS[op]
            found[(name, order)] = entry(canonical(kernel, order[-kernel.ndim:]))
    return list(found.values())


def graphdef_kernels(path):
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef()
    with open(path, "rb") as file:
        graph.ParseFromString(file.read())
    constants = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
    return graph_kernels({n.name: (n.op, list(n.input)) for n in graph.node}, constants)


def saved_model_kernels(path):
    """The kernels of the serving signature, its functions inlined and its variables made constants by TensorFlow."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    loaded = tf.saved_model.load(os.path.dirname(path))  # kept: its variables live as long as it does
    graph = convert_variables_to_constants_v2(loaded.signatures["serving_default"], lower_control_flow=False).graph.as_graph_def()
    constants = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
    found = []
    for kernel in graph_kernels({n.name: (n.op, list(n.input)) for n in graph.node}, constants):
        if kernel not in found:  # variables that are used twice have become two constants
            found.append(kernel)
    return found


def tfjs_kernels(path):
    with open(path) as file:
        model = json.load(file)
    groups = model if isinstance(model, list) else model["weightsManifest"]
    folder = os.path.dirname(path)
    constants = {}
    for group in groups:
        data = b"".join(open(os.path.join(folder, p), "rb").read() for p in group["paths"])
        at = 0
        for weight in group["weights"]:
            count = int(np.prod(weight["shape"], dtype=np.int64))
            q = weight.get("quantization")
            dtype = np.dtype(f"<{np.dtype(q['dtype']).str[1:]}" if q else {"float32": "<f4", "int32": "<i4", "bool": "u1"}[weight["dtype"]])
            raw = np.frombuffer(data, dtype, count, at)
            at += count * dtype.itemsize
            if q and q["dtype"] != "float16":
                raw = (raw.astype(np.float64) * q["scale"] + q["min"]).astype(np.float32)
            constants[weight["name"]] = raw.reshape(weight["shape"])
    topology = {} if isinstance(model, list) else model.get("modelTopology", {})
    if "node" in topology:
        return graph_kernels({n["name"]: (n["op"], n.get("input", [])) for n in topology["node"]}, constants)
    return [entry(canonical(k, "HWIM" if "depthwise" in n else "HWIO")) for n, k in constants.items() if k.ndim == 4]


def torch_kernels(path):
    import torch

    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        state = load_file(path)
    elif path.endswith(".jit"):
        state = torch.jit.load(path, map_location="cpu").state_dict()
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    return [
        entry(canonical(v.to(torch.float32).numpy(), "OI" + SPATIAL[v.ndim]))
        for v in state.values()
        if hasattr(v, "ndim") and v.ndim in SPATIAL
    ]


def coreml_kernels(path):
    from coremltools.models.utils import load_spec

    if path.endswith("model.mlmodel"):
        from coremltools.libmilstoragepython import _BlobStorageReader as Reader

        spec = load_spec(path)
        blobs = Reader(os.path.join(os.path.dirname(path), "weights", "weight.bin"))
        function = spec.mlProgram.functions["main"]
        block = next(iter(function.block_specializations.values()))
        constants, found = {}, {}
        for operation in block.operations:
            if operation.type == "const":
                value = operation.attributes["val"]
                shape = [d.constant.size for d in value.type.tensorType.dimensions]
                if value.HasField("blobFileValue"):
                    reader = {11: blobs.read_float_data, 10: blobs.read_fp16_data}[value.type.tensorType.dataType]
                    raw = np.array(reader(value.blobFileValue.offset))
                    if raw.dtype == np.uint16:
                        raw = raw.view(np.float16)
                else:
                    raw = np.array(value.immediateValue.tensor.floats.values, np.float32)
                if raw.size == int(np.prod(shape)):
                    constants[operation.outputs[0].name] = raw.reshape(shape)
            elif operation.type in ("conv", "conv_transpose"):
                name = operation.inputs["weight"].arguments[0].name
                if name in constants:
                    order = ("OI" if operation.type == "conv" else "IO") + SPATIAL[constants[name].ndim]
                    found[name] = entry(canonical(constants[name], order))
        return list(found.values())
    spec = load_spec(path)
    network = spec.neuralNetwork if spec.HasField("neuralNetwork") else spec.neuralNetworkClassifier
    found = []
    for layer in network.layers:
        if layer.WhichOneof("layer") != "convolution":
            continue
        c = layer.convolution
        shape = [c.outputChannels, c.kernelChannels, *c.kernelSize]
        back = c.isDeconvolution
        if back:
            shape = [c.kernelChannels, c.outputChannels // max(1, c.nGroups), *c.kernelSize]
        if len(c.weights.floatValue) > 0:
            raw = np.array(c.weights.floatValue, np.float32)
        else:
            raw = np.frombuffer(c.weights.float16Value, np.float16)
        found.append(entry(canonical(raw.reshape(shape), ("IO" if back else "OI") + "HW", max(1, c.nGroups), back)))
    return found


READERS = [
    (".onnx", onnx_kernels),
    (".tflite", tflite_kernels),
    ("saved_model.pb", saved_model_kernels),
    (".pb", graphdef_kernels),
    (".mlmodel", coreml_kernels),
    (".json", tfjs_kernels),
    ("", torch_kernels),
]

if __name__ == "__main__":
    cache = sys.argv[1]
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    with open(os.path.join(cache, "packages.json")) as file:
        packages = json.load(file)
    for package in packages:
        if only not in package["name"]:
            continue
        slug = package["name"].replace("/", "+") + "-" + package["version"]
        expected = {}
        for name in package["files"]:
            path = os.path.join(cache, slug, name)
            read = next(reader for ending, reader in READERS if path.endswith(ending))
            try:
                expected[name] = sorted(read(path))
            except Exception as error:  # one unreadable file must not hide the others
                print(f"{slug}/{name}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            print(f"{slug}/{name}: {len(expected[name])} kernels")
        with open(os.path.join(HERE, "expected", f"{slug}.json"), "w") as out:
            json.dump(expected, out, indent=0)
            out.write("\n")
