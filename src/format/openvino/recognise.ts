/** Whether a file begins like OpenVINO's XML: `<net` with a version, after a declaration and comments. */
export function looksLikeIr(head: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(head);
  let at = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    const end = text.startsWith("<?", at) ? "?>" : text.startsWith("<!--", at) ? "-->" : null;
    if (end === null) return /^<net\s[^>]*\bversion\s*=/.test(text.slice(at));
    const closed = text.indexOf(end, at + 2);
    if (closed < 0) return false;
    at = closed + end.length;
  }
}
