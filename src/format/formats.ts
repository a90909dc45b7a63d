import type { FormatRow } from "./format.ts";

/**
 * Every weight format, in the order in which they are asked. A new format is one file or folder beside this
 * one and one row here; heavy readers are only loaded when their bytes are met.
 */
export const formats: readonly FormatRow[] = [];
