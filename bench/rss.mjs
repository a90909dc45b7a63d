// Preloaded with --import: says the peak memory of the process when it ends.
import { sayPeak } from "../.build/bench/peak.js";

process.on("exit", () => sayPeak(process.stderr));
