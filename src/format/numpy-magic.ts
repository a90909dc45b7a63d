/** `\x93NUMPY`: how every array in NumPy's own format begins. */
const NUMPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether `head` begins like a NumPy array. */
export function isNumpy(head: Uint8Array): boolean {
  return NUMPY_MAGIC.every((byte, i) => head[i] === byte);
}
