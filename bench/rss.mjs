// Preloaded with --import: says the peak memory of the process when it ends.
process.on("exit", () => process.stderr.write(`rss ${process.resourceUsage().maxRSS * 1024}\n`));
