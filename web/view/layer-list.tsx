import type { Signal } from "@preact/signals";
import { useComputed } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import type { LayerFacts } from "../protocol.ts";
import { shownLayers } from "../state.ts";
import { visible } from "../visible.ts";
import { bytesText, counted } from "../words.ts";
import { FileButton } from "./file-button.tsx";
import { CloseIcon } from "./icons.tsx";
import { LayerRows } from "./layer-rows.tsx";
import { ModelSelect } from "./model-select.tsx";

/** Rows that Page Up and Page Down move by. */
const PAGE = 10;

/** Every convolution of the model; one tab stop, arrows move and select. */
export function LayerList({ app, list }: { readonly app: App; readonly list: Signal<boolean> }) {
  const opened = useComputed(() => app.state.value.opened);
  const title = useId();
  const box = useRef<HTMLDivElement>(null);
  const selected = opened.value?.selected ?? null;
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView?.({ block: "nearest" });
  }, [selected]);
  useEffect(() => {
    // What had the focus (the way into the file) is gone; the list is where one goes on from.
    if (list.value || document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [list.value, opened.value?.model]);
  if (opened.value === null) return null;
  const { model, filter, unreadable } = opened.value;
  const shown = shownLayers(opened.value);
  const id = (layer: LayerFacts): string => `${title}-${layer.index}`;
  const active = shown.find((layer) => layer.index === selected);
  const close = (): void => {
    list.value = false;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = shown.findIndex((layer) => layer.index === selected);
    const target = rowAfter(event.key, at, shown.length);
    if (event.key === "Enter" || event.key === "Escape") close();
    if (target === null) return;
    event.preventDefault();
    const layer = shown[target];
    if (layer !== undefined) app.select(layer.index);
  };

  return (
    <nav class="layers" aria-labelledby={title} onKeyDown={(event) => event.key === "Escape" && close()}>
      <div class="layers-head">
        <h2 id={title}>Layers</h2>
        <span class="quiet">{counted(model.parameters, "parameter")}</span>
        <button type="button" class="button square phone-only" aria-label="Close the list" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <p class="layers-file phone-only">
        <strong>{visible(model.file)}</strong>
        <span class="quiet">
          {model.format} · {bytesText(model.bytes)}
        </span>
      </p>
      <ModelSelect app={app} />
      {model.layers.length > 8 && (
        <input
          class="filter"
          type="search"
          placeholder="Filter layers"
          aria-label="Filter layers by name"
          value={filter}
          onInput={(event) => app.filter(event.currentTarget.value)}
        />
      )}
      <div
        ref={box}
        class="list"
        role="listbox"
        tabIndex={0}
        aria-labelledby={title}
        aria-activedescendant={active === undefined ? undefined : id(active)}
        onKeyDown={onKeyDown}
      >
        <LayerRows
          layers={shown}
          selected={selected}
          unreadable={unreadable}
          idOf={id}
          onSelect={(layer) => {
            app.select(layer.index);
            close();
          }}
        />
      </div>
      {shown.length === 0 && filter !== "" && <p class="quiet none">No layer is called like that.</p>}
      <div class="layers-foot phone-only">
        <FileButton app={app} class="button">
          Open another file…
        </FileButton>
      </div>
    </nav>
  );
}

function rowAfter(key: string, at: number, rows: number): number | null {
  if (rows === 0) return null;
  const inside = (row: number): number => Math.max(0, Math.min(rows - 1, row));
  switch (key) {
    case "ArrowDown":
      return inside(at + 1);
    case "ArrowUp":
      return inside(at < 0 ? 0 : at - 1);
    case "PageDown":
      return inside(at + PAGE);
    case "PageUp":
      return inside(at - PAGE);
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return null;
  }
}
