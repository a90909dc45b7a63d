/** A file that the user gave, with its path where it came with its folder (`net/vae/model.safetensors`). */
export interface PageFile {
  readonly path: string;
  readonly file: File;
}

/** A file that was chosen by itself, or one of a chosen folder. */
export function pageFile(file: File): PageFile {
  return { path: file.webkitRelativePath || file.name, file };
}
