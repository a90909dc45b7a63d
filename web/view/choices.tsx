import type { App } from "../app.ts";
import { visible } from "../visible.ts";

/** Characters of a path shown at most: its end tells models apart, but a file may have any name. */
const PATH_LENGTH = 400;

/** The models of an archive or folder that holds several: one button each, which opens it. */
export function Choices({ app, choices }: { readonly app: App; readonly choices: readonly string[] }) {
  return (
    <ul class="choices" aria-label="Models in it">
      {choices.map((path) => {
        const cut = path.lastIndexOf("/") + 1;
        return (
          <li key={path}>
            <button type="button" class="choice" onClick={() => app.openEntry(path)}>
              <span class="quiet">{visible(path.slice(0, cut), PATH_LENGTH)}</span>
              {visible(path.slice(cut), PATH_LENGTH)}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
