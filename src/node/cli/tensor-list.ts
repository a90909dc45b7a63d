import { escapeText, type Model, shorten } from "../../index.ts";
import { storedBytes, tensorRoles } from "../../report.ts";
import { tableLines } from "./table.ts";
import { withCommas } from "./usage.ts";

/** Names longer than this are cut in the middle; `--json` has them whole. */
const NAME_LENGTH = 60;

/** What `list --all-tensors --json` adds: every tensor, and why it is no convolution. */
export function tensorListing(model: Model): readonly unknown[] {
  return tensorRoles(model).map(({ tensor, layer, role, reason }) => ({
    name: tensor.name,
    dtype: tensor.dtype,
    shape: tensor.shape,
    bytes: storedBytes(tensor),
    role,
    layer: layer?.index ?? null,
    reason,
    unreadable: tensor.unreadable ?? null,
    checksum: tensor.checksum ?? null,
  }));
}

/** The same as a table. */
export function tensorLines(model: Model): readonly string[] {
  const rows = tensorRoles(model).map(({ tensor, layer, role, reason }) => {
    const bytes = storedBytes(tensor);
    const whose = layer === null ? "" : `${role} of #${layer.index} ${shorten(layer.name, NAME_LENGTH)}`;
    const what = layer === null ? (reason ?? "") : whose;
    const caution = tensor.unreadable === undefined ? "" : ` It cannot be read: ${tensor.unreadable}`;
    return [
      escapeText(shorten(tensor.name, NAME_LENGTH)),
      escapeText(tensor.dtype),
      `[${tensor.shape.join(", ")}]`,
      bytes === null ? "?" : withCommas(bytes),
      escapeText(`${what}${caution}`),
    ];
  });
  if (rows.length === 0) return ["No tensors."];
  return tableLines(
    [
      { head: "tensor" },
      { head: "dtype" },
      { head: "shape" },
      { head: "bytes", right: true },
      { head: "what it is" },
    ],
    rows,
  );
}
