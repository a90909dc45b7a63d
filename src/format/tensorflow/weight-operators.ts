/** Operators that hand on what they are given. */
export const PASS: ReadonlySet<string> = new Set([
  ...["Identity", "ReadVariableOp", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics"],
  ...["EnsureShape", "Enter", "RefEnter", "RefIdentity", "IdentityN", "CopyHost", "Copy", "DeepCopy"],
]);

/** Operators that round on the way: the stored values are the ones that were trained. */
export const ROUNDS: ReadonlySet<string> = new Set([
  ...["FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel", "FakeQuantWithMinMaxArgs"],
  ...[
    "QuantizeAndDequantize",
    "QuantizeAndDequantizeV2",
    "QuantizeAndDequantizeV3",
    "QuantizeAndDequantizeV4",
  ],
]);

/** Operators that stand for a variable. */
export const VARIABLES: ReadonlySet<string> = new Set([
  ...["VarHandleOp", "VariableV2", "Variable", "AutoReloadVariable"],
]);

/** Operators that take a value apart, and which of their inputs it is. */
export const SPLITS: ReadonlyMap<string, { readonly value: number; readonly axis: number }> = new Map([
  ["Split", { value: 1, axis: 0 }],
  ["SplitV", { value: 0, axis: 2 }],
]);

/** Operators that show the same values with other axes. */
export const VIEWS: ReadonlySet<string> = new Set(["ExpandDims", "Reshape", "Squeeze", "Transpose"]);

/** A weight is a few steps from the operator that uses it; what goes in circles has no end. */
export const STEPS_MOST = 256;
