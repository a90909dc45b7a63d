import { holdToContract } from "./contract.ts";

holdToContract({ first: 1, of: 2 });
