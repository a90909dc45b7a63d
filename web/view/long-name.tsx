import { visible } from "../visible.ts";

/** Characters of a name's end that are always shown: where names of one model differ. */
const END = 16;

/** A name on one line; where it does not fit, its middle is left out, not its end. */
export function LongName({ name, class: own }: { readonly name: string; readonly class?: string }) {
  const characters = [...visible(name)];
  const cut = characters.length > 2 * END ? characters.length - END : characters.length;
  return (
    <span class={`long-name ${own ?? ""}`} title={characters.join("")}>
      <span>{characters.slice(0, cut).join("")}</span>
      {cut < characters.length && <span>{characters.slice(cut).join("")}</span>}
    </span>
  );
}
