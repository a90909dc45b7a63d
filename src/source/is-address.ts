/** What addresses begin with: the web's own, and short spellings of public ones. */
const SCHEME = /^(https?|hf|s3|gs):\/\//i;

/** Whether `text` is spelt like an address that `fromUrl` reads, not like the path of a file. */
export function isAddress(text: string): boolean {
  return SCHEME.test(text);
}
