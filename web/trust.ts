/** The part of the Trusted Types API that is used here; TypeScript's DOM types do not have it yet. */
interface TrustedTypes {
  createPolicy(name: "default", rules: { createScriptURL(address: string): string }): unknown;
}

/**
 * The page's only Trusted Types policy: a worker may be started from a blob that this page made, and no other
 * string becomes script or markup anywhere. The content security policy of the page names it, and workers made
 * from a blob inherit that policy, so they call this too. Browsers without Trusted Types need nothing.
 *
 * @param allowed Tells a script's address that may be run.
 */
export function trustOnly(allowed: (address: string) => boolean): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy("default", {
    createScriptURL(address) {
      if (!allowed(address)) throw new TypeError("Only workers of this page's own making may be started.");
      return address;
    },
  });
}

/** Whether `address` is a blob of this page; while developing, workers are files of the development server. */
export function isOwnWorker(address: string): boolean {
  return address.startsWith(`blob:${globalThis.origin}/`) || import.meta.env.DEV;
}
