import { fromFiles, type Source } from "kernelscope";

/** The files of a drop as one source: the one that names the others, with the rest as its siblings. */
export function sourceOf(files: readonly File[]): Source {
  return fromFiles(files);
}
