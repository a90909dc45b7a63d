import { useEffect, useRef, useState } from "preact/hooks";
import type { LayerFacts } from "../protocol.ts";
import { LayerRow } from "./layer-row.tsx";

/** Rows that come and go together. */
const BLOCK = 64;
/** CSS pixels of a row before it has been seen. */
const ROW_HEIGHT = 52;
/** How far outside of the list rows are kept ready. */
const MARGIN = "600px";

interface Rows {
  readonly layers: readonly LayerFacts[];
  readonly selected: number | null;
  readonly unreadable: ReadonlySet<number>;
  readonly idOf: (layer: LayerFacts) => string;
  readonly onSelect: (layer: LayerFacts) => void;
}

/** The rows of the list, in blocks of which only those near to what is seen, and the selected one, have content. */
export function LayerRows(props: Rows) {
  const { layers, selected } = props;
  const starts = Array.from({ length: Math.ceil(layers.length / BLOCK) }, (_, block) => block * BLOCK);
  return (
    <>
      {starts.map((start) => {
        const rows = layers.slice(start, start + BLOCK);
        const chosen = rows.some((layer) => layer.index === selected);
        return <Block key={start} {...props} start={start} rows={rows} chosen={chosen} />;
      })}
    </>
  );
}

function Block(
  props: Rows & { readonly start: number; readonly rows: readonly LayerFacts[]; readonly chosen: boolean },
) {
  const { start, rows, layers } = props;
  const [near, setNear] = useState(start === 0);
  const block = useRef<HTMLDivElement>(null);
  const height = useRef(rows.length * ROW_HEIGHT);
  useEffect(() => {
    const element = block.current;
    if (element === null || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry === undefined) return;
        if (element.childElementCount > 0) height.current = entry.boundingClientRect.height || height.current;
        setNear(entry.isIntersecting);
      },
      { root: element.parentElement, rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const filled = near || props.chosen;
  return (
    <div ref={block} role="presentation" style={{ minHeight: filled ? "0px" : `${height.current}px` }}>
      {filled &&
        rows.map((layer, index) => (
          <LayerRow
            key={layer.index}
            id={props.idOf(layer)}
            layer={layer}
            selected={layer.index === props.selected}
            unreadable={layer.unreadable !== null || props.unreadable.has(layer.index)}
            position={start + index + 1}
            count={layers.length}
            onSelect={() => props.onSelect(layer)}
          />
        ))}
    </div>
  );
}
