/** Modules that vite.config.mjs makes. */
declare module "kernelscope:hdf5-worker?worker&url" {
  /** Address of the bundled script. */
  const address: string;
  export default address;
}

declare module "kernelscope:formats" {
  /** Names and endings of the library's format table, read when the page is built: the readers stay in the worker. */
  const formats: readonly {
    readonly name: typeof import("kernelscope").formats[number]["name"];
    readonly extensions: readonly string[];
  }[];
  export default formats;
}

declare module "kernelscope:example" {
  /** Address of the example file; null when the page was built without one. */
  const address: string | null;
  export default address;
}
