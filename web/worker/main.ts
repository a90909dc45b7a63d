import { expose } from "comlink";
import { isOwnWorker, trustOnly } from "../trust.ts";
import { createStudio } from "./studio.ts";

/** The page's worker: opens one file and draws its layers. */
trustOnly(isOwnWorker);
expose(createStudio());
