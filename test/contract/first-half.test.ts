import { holdToContract } from "./contract.ts";

holdToContract({ first: 0, of: 2 });
