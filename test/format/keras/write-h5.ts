import * as h5wasm from "h5wasm";

/** An HDF5 file to be: attributes by path, and datasets of float32 values filled with their own index. */
export interface H5Spec {
  /** By object path and attribute name; a list of strings is stored as fixed strings, as Keras does. */
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  readonly datasets: Readonly<Record<string, readonly number[]>>;
}

/** Writes the file with libhdf5 and returns its bytes. */
export async function writeH5(spec: H5Spec): Promise<Uint8Array<ArrayBuffer>> {
  const { FS } = await h5wasm.ready;
  const name = `/spec-${Math.random()}.h5`;
  const file = new h5wasm.File(name, "w");
  const groups = new Set(["/"]);
  const ensureGroup = (path: string): h5wasm.Group => {
    const parts = path.split("/").filter((part) => part !== "");
    parts.forEach((_, index) => {
      const group = `/${parts.slice(0, index + 1).join("/")}`;
      if (!groups.has(group)) file.create_group(group);
      groups.add(group);
    });
    return file.get(path === "" ? "/" : path) as h5wasm.Group;
  };
  for (const [path, shape] of Object.entries(spec.datasets)) {
    const cut = path.lastIndexOf("/");
    const data = Float32Array.from(
      { length: shape.reduce((product, extent) => product * extent, 1) },
      (_, index) => index,
    );
    ensureGroup(path.slice(0, cut)).create_dataset({ name: path.slice(cut + 1), data, shape: [...shape] });
  }
  for (const [path, attributes] of Object.entries(spec.attributes ?? {})) {
    const group = ensureGroup(path);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (typeof value === "string") group.create_attribute(attribute, value);
      else if (value.length === 0) group.create_attribute(attribute, new Float64Array(0), [0]);
      else
        group.create_attribute(
          attribute,
          [...value],
          [value.length],
          `S${Math.max(...value.map((text) => text.length))}`,
        );
    }
  }
  file.close();
  const bytes = new Uint8Array(FS!.readFile(name));
  FS!.unlink(name);
  return bytes;
}
