import { escapeText, shorten } from "kernelscope";

/** Characters of a name shown at most: beyond, no one reads and the browser only suffers. */
const LONGEST_NAME = 400;

/**
 * Text from a file as the page shows it: control, bidirectional and invisible characters are written as escapes,
 * so that a name can neither hide nor reorder what stands beside it. It goes into the page as text, never markup.
 */
export function visible(text: string, longest: number = LONGEST_NAME): string {
  return escapeText(shorten(text, longest));
}
