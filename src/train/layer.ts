/** A JSON value; a layer's config is made of them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A layer before it is part of a network: Keras's class and Keras's config, as `config.json` holds them. */
export interface Layer {
  /** `Conv3D`, `Dense`, … */
  readonly className: string;
  /** Keras's config in Keras's words (`kernel_size`); without `name` the network gives one. */
  readonly config: { readonly [key: string]: Json };
  /** Calls the layer on values of a functional network and returns its output. */
  apply(...inputs: readonly SymbolicTensor[]): SymbolicTensor;
}

/** A value inside a functional network that is not computed yet: the output of one call of a layer. */
export interface SymbolicTensor {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
}

/** A layer of the given class; entries that are undefined are left out of its config. */
export function createLayer(className: string, config: { readonly [key: string]: Json | undefined }): Layer {
  const present = Object.entries(config).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const layer: Layer = {
    className,
    config: Object.fromEntries(present),
    apply: (...inputs) => ({ layer, inputs }),
  };
  return layer;
}
