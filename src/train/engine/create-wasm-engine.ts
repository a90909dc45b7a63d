import { ReadError } from "../../errors.ts";
import type { WorkerPort } from "../../port.ts";
import type { EngineOptions } from "./engine.ts";
import { Executor } from "./executor.ts";
import type { Graph } from "./graph.ts";
import { lossNode } from "./loss-node.ts";
import type { Plan } from "./plan.ts";
import { createPlan } from "./planner/create-plan.ts";
import { resolveGraph } from "./resolve.ts";
import { hasRelaxedSimd } from "./wasm/features.ts";
import { buildModule } from "./wasm/module.ts";
import { WasmEngine } from "./wasm-engine.ts";

const PAGE = 65_536;

/** Plans the graph, emits and compiles its kernels, starts the threads. */
export async function createWasmEngine(graph: Graph, options: EngineOptions): Promise<WasmEngine> {
  const resolved = resolveGraph(graph);
  const loss = options.loss ? lossNode(resolved, options.loss) : null;
  const relaxed = options.arithmetic === "relaxed" && hasRelaxedSimd();
  const { plan, kernels } = createPlan(resolved, {
    batchSize: options.batchSize,
    loss,
    optimizer: options.optimizer ?? null,
    arithmetic: { relaxed },
  });
  const pages = Math.ceil(plan.memoryBytes / PAGE);
  const wanted = Math.max(1, Math.floor(options.threads ?? 1));
  const threads = options.spawn && typeof SharedArrayBuffer === "function" ? wanted : 1;
  const shared = threads > 1;
  const module = await WebAssembly.compile(buildModule(kernels, { pages, shared }));
  const memory = takeMemory(pages, shared, plan);
  const setup = { plan, memory, module, threads };
  const executor = new Executor(setup);
  const ports: WorkerPort[] = [];
  try {
    await Promise.all(
      Array.from({ length: threads - 1 }, () => {
        const port = options.spawn!(new URL("./worker.js", import.meta.url));
        ports.push(port);
        return new Promise<void>((resolve, reject) => {
          port.onMessage(() => resolve());
          port.onFailure((cause) => {
            executor.team.fail();
            reject(
              new ReadError("refused", `A thread of the engine could not be started: ${cause.message}.`, {
                cause,
              }),
            );
          });
          port.post(setup);
        });
      }),
    );
  } catch (error) {
    for (const port of ports) port.terminate();
    throw error;
  }
  return new WasmEngine(graph, resolved, plan, executor, ports, options);
}

function takeMemory(pages: number, shared: boolean, plan: Plan): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    const megabytes = Math.ceil(plan.memoryBytes / 1e6);
    throw new ReadError(
      "limit",
      `The engine needs ${megabytes} MB of memory and did not get it; use a smaller batch.`,
      { cause },
    );
  }
}
