import { trainSmall } from "./train-small.ts";

/** What is used of a worker's scope; proofs are compiled with Node's types. */
interface Scope {
  onmessage: (event: { readonly data: readonly [seed: number, epochs: number, threads: number] }) => void;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = ({ data }) => {
  trainSmall(...data).then(
    (result) => scope.postMessage(result),
    (error: unknown) => scope.postMessage(String(error)),
  );
};
