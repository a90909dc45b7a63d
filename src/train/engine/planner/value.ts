/** A value of the graph in memory, shared by the nodes that only rename it (reshapes, fused activations). */
export interface ValuePlan {
  readonly name: string;
  /** Address in the arena. */
  readonly address: number;
  /** Numbers of one sample. */
  readonly size: number;
  /** Bytes that become numbers by this factor; null for float32. */
  readonly scale: number | null;
  /** Address (in the arena) of the loss's derivative by it; 0 where nobody needs it. */
  readonly gradient: number;
  /** Nodes that read it, renaming ones left out, and the loss. */
  readonly readers: number;
  /** Whether a ReLU was fused into what makes it. */
  relu: boolean;
  /** Whether something was written to the gradient already, so that more must be added. */
  written: boolean;
  /** Whether the ReLU's mask was applied already by the only reader. */
  masked: boolean;
}
