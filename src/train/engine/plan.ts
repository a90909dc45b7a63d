/** Memory map and phases of one graph: plain data that can be printed and sent to another thread. */
export interface Plan {
  readonly memoryBytes: number;
}
