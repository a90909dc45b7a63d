import { Executor, type ExecutorSetup } from "./executor.ts";
import { PASS_KINDS } from "./plan.ts";

/** A worker's life: it is set up once, says so, then sleeps until it is called and takes its part. */
self.onmessage = (event: MessageEvent<ExecutorSetup>): void => {
  const executor = new Executor(event.data);
  postMessage("ready");
  for (;;) {
    const [kind, samples, step, seed] = executor.team.listen();
    try {
      executor.run({ kind: PASS_KINDS[kind!]!, samples: samples!, step: step!, seed: seed! });
    } catch (error) {
      executor.team.fail();
      throw error;
    }
  }
};
