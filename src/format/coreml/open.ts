import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { openModel } from "./coreml.ts";
import { openPackage } from "./package.ts";
import { looksLikePackage } from "./recognise.ts";

/** Opens a Core ML model, or a package by its manifest. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  return looksLikePackage(context.probe) ? openPackage(source, context) : openModel(source, context);
}
