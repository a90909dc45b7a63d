import type { LayerFacts } from "../protocol.ts";
import { countText, layerShapeText } from "../words.ts";
import { LongName } from "./long-name.tsx";

/** One layer: name, kind, how it was recognised, shape and parameters. */
export function LayerRow(props: {
  readonly id: string;
  readonly layer: LayerFacts;
  readonly selected: boolean;
  readonly unreadable: boolean;
  /** Its place among the rows, from 1, and how many there are: not all of them are in the document. */
  readonly position: number;
  readonly count: number;
  readonly onSelect: () => void;
}) {
  const { layer } = props;
  return (
    // The listbox has the focus and the keys; its options are not focusable, as the ARIA pattern has it.
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      id={props.id}
      class="row"
      role="option"
      aria-selected={props.selected}
      aria-posinset={props.position}
      aria-setsize={props.count}
      onClick={props.onSelect}
    >
      <LongName name={layer.name} class="row-name" />
      <span class="badges">
        {layer.kind !== "conv" && <span class="badge">{layer.kind}</span>}
        {(layer.groups ?? 1) > 1 && layer.kind === "conv" && <span class="badge">{layer.groups} groups</span>}
        <EvidenceBadge layer={layer} />
        {props.unreadable && <span class="badge careful">unreadable</span>}
      </span>
      <span class="row-facts figures">
        {layerShapeText(layer)} <span>{countText(layer.parameters.total)}</span>
      </span>
    </div>
  );
}

const EVIDENCE: Record<LayerFacts["evidence"], string> = {
  operator: "The operator that uses it says so",
  config: "The file's architecture says so",
  name: "Recognised by its name",
  shape: "A guess, by its shape alone",
};

/** How the layer was recognised: certain, by name, or a guess. */
export function EvidenceBadge({ layer }: { readonly layer: LayerFacts }) {
  const guess = layer.evidence === "shape";
  return (
    <span class={guess ? "badge careful" : "badge"} title={EVIDENCE[layer.evidence]}>
      {guess ? "by shape?" : `by ${layer.evidence}`}
    </span>
  );
}
