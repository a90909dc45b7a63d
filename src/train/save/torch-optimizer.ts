import type { EngineState } from "../engine/engine.ts";
import type { Network } from "../network.ts";
import type { OptimizerSpec } from "../optimizers.ts";
import { firstWeights } from "./first-weights.ts";
import { pythonValue } from "./python.ts";
import { type NamedArray, writeSafetensors } from "./safetensors-writer.ts";
import { moduleNames } from "./torch-model.ts";

/** PyTorch's names of what an optimizer keeps, by Keras's. */
function slotNames(spec: OptimizerSpec): Readonly<Record<string, string>> {
  switch (spec.kind) {
    case "adam":
      return { momentum: "exp_avg", velocity: "exp_avg_sq" };
    case "sgd":
      return { momentum: "momentum_buffer" };
    case "rmsprop":
      return { velocity: "square_avg", momentum: "momentum_buffer", averageGradient: "grad_avg" };
  }
}

/**
 * What the optimizer keeps per weight, as a safetensors file with keys `<weight>.<PyTorch's name>`, in PyTorch's
 * layout and sign.
 */
export function saveTorchOptimizer(network: Network, state: EngineState): Uint8Array<ArrayBuffer> {
  const names = moduleNames(network);
  const { spec } = network.compiled!.optimizer;
  // Keras's momentum is what is added to the weight, PyTorch's what the rate is multiplied with to be taken away.
  const factor = spec.kind === "sgd" && state.learningRate > 0 ? -1 / state.learningRate : 1;
  const arrays = Object.entries(slotNames(spec)).flatMap(([slot, torchName]): NamedArray[] => {
    const values = new Map<string, Float32Array>();
    for (const [key, data] of state.slots)
      if (key.endsWith(`/${slot}`)) values.set(key.slice(0, -slot.length - 1), data);
    return firstWeights(network, values)
      .filter(({ engineName, trainable }) => trainable && engineName !== null && values.has(engineName))
      .map(({ node, name, shape, data }) => ({
        key: `${names.get(node)}.${name}.${torchName}`,
        shape,
        data: slot === "momentum" && factor !== 1 ? data.map((value) => value * factor) : data,
      }));
  });
  return writeSafetensors(arrays, { format: "pt" });
}

/** Python lines that make the optimizer as `optimizer`, and those before each of its steps. */
export function torchOptimizer(spec: OptimizerSpec): {
  readonly make: string;
  readonly classes: readonly string[];
  readonly before: readonly string[];
} {
  const decay = spec.weightDecay ?? 0;
  const before = clipping(spec);
  // PyTorch's own decay is part of the gradient, Keras's is not.
  const apart =
    decay > 0 && spec.kind !== "adam"
      ? [
          "with torch.no_grad():",
          "    for weight in trained:",
          `        weight.mul_(1 - LEARNING_RATE * ${decay})`,
        ]
      : [];
  switch (spec.kind) {
    case "sgd": {
      const settings = [
        `momentum=${spec.momentum ?? 0}`,
        ...(spec.nesterov === true && spec.momentum ? ["nesterov=True"] : []),
      ];
      return {
        make: `torch.optim.SGD(trained, lr=LEARNING_RATE, ${settings.join(", ")})`,
        classes: [],
        before: [...before, ...apart],
      };
    }
    case "adam": {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = spec;
      const name = decay > 0 ? "AdamW" : "Adam";
      const rest = decay > 0 ? `, weight_decay=${decay}` : "";
      return {
        make: `torch.optim.${name}(trained, lr=LEARNING_RATE, betas=(${beta1}, ${beta2}), eps=${epsilon}${rest})`,
        classes: [],
        before,
      };
    }
    case "rmsprop": {
      const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = spec;
      return {
        make: `RMSprop(trained, dict(lr=LEARNING_RATE, rho=${rho}, momentum=${momentum}, eps=${epsilon}, centered=${pythonValue(centered)}))`,
        classes: RMSPROP,
        before: [...before, ...apart],
      };
    }
  }
}

/** Gradient clipping by Keras's formulas. */
function clipping({ clipValue, clipNorm, globalClipNorm }: OptimizerSpec): readonly string[] {
  if (clipNorm !== undefined) {
    return [
      "for weight in trained:",
      `    weight.grad.mul_(${clipNorm} / weight.grad.norm().clamp(min=${clipNorm}))`,
    ];
  }
  if (globalClipNorm !== undefined) {
    return [
      "norm = torch.stack([weight.grad.norm() for weight in trained]).norm()",
      "for weight in trained:",
      `    weight.grad.mul_(${globalClipNorm} / norm.clamp(min=${globalClipNorm}))`,
    ];
  }
  return clipValue === undefined ? [] : [`torch.nn.utils.clip_grad_value_(trained, ${clipValue})`];
}

const RMSPROP: readonly string[] = [
  "class RMSprop(torch.optim.Optimizer):",
  '    """RMSprop as Keras has it, with epsilon inside the root; the one of PyTorch has it outside."""',
  "",
  "    @torch.no_grad()",
  "    def step(self):",
  "        for group in self.param_groups:",
  '            rho, rate, momentum = group["rho"], group["lr"], group["momentum"]',
  '            for weight in group["params"]:',
  "                state, gradient = self.state[weight], weight.grad",
  "",
  "                def kept(name):",
  "                    return state.setdefault(name, torch.zeros_like(weight))",
  "",
  '                square = kept("square_avg").mul_(rho).addcmul_(gradient, gradient, value=1 - rho)',
  '                spread = square + group["eps"]',
  '                if group["centered"]:',
  '                    average = kept("grad_avg").mul_(rho).add_(gradient, alpha=1 - rho)',
  "                    spread = spread - average.square()",
  "                change = rate * gradient / spread.sqrt()",
  "                if momentum:",
  '                    change = kept("momentum_buffer").mul_(momentum).add_(change)',
  "                weight.sub_(change)",
];
