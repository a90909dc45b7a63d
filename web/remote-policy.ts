/** Hosts that short spellings of addresses lead to, as sources of a content security policy. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  "hf:": ["https://huggingface.co"],
  "s3:": ["https://*.amazonaws.com"],
  "gs:": ["https://storage.googleapis.com"],
};

/** Where Hugging Face sends on to. */
const HUB = ["https://*.huggingface.co", "https://*.hf.co"];

/** The hosts that reading `address` needs, and no other; none when it is no address. */
export function hostsOf(address: string): readonly string[] {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return [];
  }
  const hosts =
    SPELLINGS[url.protocol] ?? (url.protocol === "https:" || url.protocol === "http:" ? [url.origin] : []);
  return hosts.includes("https://huggingface.co") ? [...hosts, ...HUB] : hosts;
}

/**
 * Lets this page and the workers that it starts from now on connect to `hosts` and to its own folder only. A policy can
 * be narrowed, never widened again: what is opened later in this page cannot reach any other host either.
 */
export function allowOnly(hosts: readonly string[]): void {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = `connect-src 'self' ${hosts.join(" ")}`;
  document.head.append(meta);
}
