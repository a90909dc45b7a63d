import { type Remote, releaseProxy, wrap } from "comlink";
import type { Answer, Problem, Studio } from "./protocol.ts";

/** One opened file and the worker that reads it; ended together. */
export interface Session {
  /** Calls the worker; one that dies answers every call, also those under way, with `crashed`. */
  call<T>(ask: (studio: Remote<Studio>) => Promise<Answer<T>>): Promise<Answer<T>>;
  /** Stops the worker at once, whatever it is doing; calls under way are answered with `aborted`. */
  end(): void;
}

/** Starts a session on a worker that exposes a Studio. */
export function createSession(worker: Worker): Session {
  const studio = wrap<Studio>(worker);
  const waiting = new Set<(problem: Problem) => void>();
  let stopped: Problem | null = null;
  const stop = (problem: Problem): void => {
    stopped ??= problem;
    for (const answer of [...waiting]) answer(stopped);
  };
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    stop(crash(event.message ?? ""));
  });
  worker.addEventListener("messageerror", () => stop(crash("a message could not be read")));
  return {
    call: <T>(ask: (studio: Remote<Studio>) => Promise<Answer<T>>) =>
      new Promise<Answer<T>>((resolve) => {
        const settle = (answer: Answer<T>): void => {
          waiting.delete(fail);
          resolve(answer);
        };
        const fail = (problem: Problem): void => settle({ ok: false, problem });
        if (stopped !== null) return fail(stopped);
        waiting.add(fail);
        ask(studio).then(settle, (error: unknown) =>
          fail(crash(error instanceof Error ? error.message : String(error))),
        );
      }),
    end() {
      if (stopped === null) studio[releaseProxy]();
      stop({ code: "aborted", file: null, offset: null, message: "Reading was stopped." });
      worker.terminate();
    },
  };
}

function crash(reason: string): Problem {
  const because = reason === "" ? "" : ` (${reason})`;
  return {
    code: "crashed",
    file: null,
    offset: null,
    message: `The reader stopped unexpectedly${because}. The page is unharmed: open the file again, or another one.`,
  };
}
