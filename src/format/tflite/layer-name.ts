/** How TensorFlow's operators end the names of what they make. */
const OPERATION =
  /^(?:convolution|conv_?transpose|depthwise|separable_conv2d|conv[123]d|conv[23]dbackpropinput(?:v2)?|depthwiseconv2dnative|biasadd|kernel|weights)(?:_?\d+)?$/i;

/**
 * A layer's name out of the names of its kernel and of its output, such as `model/conv` out of
 * `model/conv/Relu;model/conv/Conv2D`: converters join the names of what they fuse by semicolons, and what makes a
 * tensor is the last part of its name.
 */
export function layerName(kernel: string, output: string, operator: string, number: number): string {
  const parts = [...kernel.split(";"), ...output.split(";")];
  for (const part of parts) {
    const path = part.replace(/\/ReadVariableOp(?:_?\d+)?$/, "");
    const cut = path.lastIndexOf("/");
    const last = path.slice(cut + 1);
    // What reads a variable stands behind the operator, and only there is a transposed one called like its layer.
    const isOperation = OPERATION.test(last) || (path !== part && /^conv[23]d_transpose$/i.test(last));
    if (cut > 0 && isOperation) return path.slice(0, cut);
  }
  const own = /^(?:arith\.constant|tfl\.|cst|const)/i.test(kernel) ? "" : kernel;
  return own || output.split(";")[0] || `${operator.toLowerCase()} ${number}`;
}
