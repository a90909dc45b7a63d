import type { OpenPath } from "./folder.ts";
import { type Folder, isBareName } from "./source.ts";

/** A tree of paths: files by name, folders by name. */
interface Tree {
  readonly files: Map<string, string>;
  readonly folders: Map<string, Tree>;
}

/** What `folderOf` does, in a module of its own that is loaded when the folder is looked into. */
export function plantFolder(name: string, paths: Iterable<string>, open: OpenPath): Folder {
  const root: Tree = { files: new Map(), folders: new Map() };
  for (const path of paths) plant(root, path);
  return view(root, name);

  function view(tree: Tree, path: string): Folder {
    const folder: Folder = {
      name: path,
      async entries() {
        const files = [...tree.files.keys()].map((file) => ({ name: file, kind: "file" as const }));
        const folders = [...tree.folders.keys()].map((inner) => ({ name: inner, kind: "folder" as const }));
        return [...files, ...folders].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      },
      async file(file, signal) {
        const found = tree.files.get(file);
        if (found === undefined) return null;
        return {
          ...(await open(found, signal)),
          sibling: (other, later) => folder.file(other, later),
          folder,
        };
      },
      async folder(inner) {
        const found = tree.folders.get(inner);
        return found === undefined ? null : view(found, `${path}/${inner}`);
      },
    };
    return folder;
  }
}

function plant(root: Tree, path: string): void {
  const parts = path.split("/");
  const file = parts.pop() ?? "";
  if (!isBareName(file) || !parts.every(isBareName)) return;
  let tree = root;
  for (const part of parts) {
    let next = tree.folders.get(part);
    if (next === undefined) {
      next = { files: new Map(), folders: new Map() };
      tree.folders.set(part, next);
    }
    tree = next;
  }
  tree.files.set(file, path);
}
