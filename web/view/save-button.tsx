import { useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import { bytesText } from "../words.ts";
import { CloseIcon, SaveIcon } from "./icons.tsx";

/** Writes the picture; while it is written, gives up on it. */
export function SaveButton(props: { readonly app: App; readonly class: string }) {
  const { app } = props;
  const saving = useComputed(() => app.state.value.saving);
  const ready = useComputed(() => app.state.value.opened?.picture.kind === "drawn");
  if (saving.value !== null) {
    return (
      <button type="button" class={props.class} onClick={() => app.stopSaving()}>
        <CloseIcon /> Stop saving{saving.value === 0 ? "" : ` (${bytesText(saving.value)})`}
      </button>
    );
  }
  return (
    <button
      type="button"
      class={props.class}
      disabled={!ready.value}
      title="The picture as `kernelscope draw` writes it"
      onClick={() => void app.savePng()}
    >
      <SaveIcon /> Save PNG
    </button>
  );
}
