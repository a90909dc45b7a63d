import type { Signal } from "@preact/signals";
import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { selectedLayer, shownLayers, shownPart, type Theme } from "../state.ts";
import { visible } from "../visible.ts";
import { bytesText, counted, layerShapeText } from "../words.ts";
import { FileButton } from "./file-button.tsx";
import { ListIcon, Logo, NextIcon, PreviousIcon, ThemeIcon } from "./icons.tsx";
import { LongName } from "./long-name.tsx";
import { SaveButton } from "./save-button.tsx";

const THEME_WORDS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

/** Name, file, and what can be done with the file as a whole; on a phone also the layer stepper. */
export function TopBar({ app, list }: { readonly app: App; readonly list: Signal<boolean> }) {
  const shows = useComputed(() => shownPart(app.state.value));
  const open = shows.value === "open";
  const theme = useComputed(() => app.state.value.theme);
  const menu = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !list.value) menu.current?.focus();
    wasOpen.current = list.value;
  }, [list.value]);
  const words = `Theme: ${THEME_WORDS[theme.value]}`;
  return (
    <header class="top-bar">
      {open && (
        <button
          ref={menu}
          type="button"
          class="button square phone-only"
          aria-label="Layers"
          aria-expanded={list.value}
          onClick={() => {
            list.value = !list.value;
          }}
        >
          <ListIcon />
        </button>
      )}
      <h1 class="brand">
        <Logo /> <span>Kernelscope</span>
      </h1>
      {(open || shows.value === "nothing") && <FileChip app={app} />}
      {open && <LayerStepper app={app} />}
      <span class="spring" />
      {(open || shows.value === "nothing") && (
        <FileButton app={app} class="button desktop-only">
          Open…
        </FileButton>
      )}
      {open && <SaveButton app={app} class="button desktop-only" />}
      <button
        type="button"
        class="button square"
        aria-label={`${words}. Change`}
        title={words}
        onClick={() => app.switchTheme()}
      >
        <ThemeIcon />
      </button>
    </header>
  );
}

function FileChip({ app }: { readonly app: App }) {
  const model = useComputed(() => app.state.value.opened?.model);
  if (model.value === undefined) return null;
  const { file, format, bytes, layers, producer } = model.value;
  const facts = [format, bytesText(bytes), counted(layers.length, "convolution")].join(" · ");
  return (
    <p
      class="file-chip desktop-only"
      title={producer === null ? undefined : `Written by ${visible(producer)}`}
    >
      <strong>{visible(file)}</strong> <span>{facts}</span>
    </p>
  );
}

function LayerStepper({ app }: { readonly app: App }) {
  const layer = useComputed(() => selectedLayer(app.state.value));
  const shown = useComputed(() =>
    app.state.value.opened === null ? [] : shownLayers(app.state.value.opened),
  );
  if (layer.value === null) return null;
  const at = shown.value.findIndex((other) => other.index === layer.value?.index);
  return (
    <div class="stepper phone-only">
      <p>
        <strong>
          <LongName name={layer.value.name} />
        </strong>
        <span class="figures">
          {at + 1} of {shown.value.length} · {layerShapeText(layer.value)}
        </span>
      </p>
      <button
        type="button"
        class="button square"
        aria-label="Previous layer"
        disabled={at <= 0}
        onClick={() => app.step(-1)}
      >
        <PreviousIcon />
      </button>
      <button
        type="button"
        class="button square"
        aria-label="Next layer"
        disabled={at < 0 || at >= shown.value.length - 1}
        onClick={() => app.step(1)}
      >
        <NextIcon />
      </button>
    </div>
  );
}
