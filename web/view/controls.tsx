import { useComputed } from "@preact/signals";
import type { ColormapName, Normalize, SpatialAxis } from "kernelscope";
import { useId } from "preact/hooks";
import type { App } from "../app.ts";
import { SaveButton } from "./save-button.tsx";

const AXES: readonly SpatialAxis[] = ["depth", "height", "width"];
const SCALES: Readonly<Record<Normalize, string>> = {
  kernel: "whole kernel",
  filter: "each filter",
  slice: "each slice",
};
/** Standard deviations that leave out the few weights which would make all others look alike. */
const TRIMS = [2, 3, 4, 6];
const CELLS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
/** The colormaps with a word on each; a record, so that a new one cannot be forgotten. */
const COLORMAPS: Readonly<Record<ColormapName, string>> = {
  gray: "gray",
  signed: "signed",
  RdBu_r: "RdBu_r",
  RdBu: "RdBu",
  PuOr: "PuOr",
  viridis: "viridis",
  magma: "magma",
  inferno: "inferno",
  cividis: "cividis",
};

/** How the layer is drawn; every control is a native one. */
export function Controls({ app }: { readonly app: App }) {
  const view = useComputed(() => app.state.value.view);
  const facts = useComputed(() => {
    const picture = app.state.value.opened?.picture;
    return picture?.kind === "drawn" ? picture.facts : null;
  });
  const { sliceAxis, normalize, colormap, symmetric, trim, cell } = view.value;
  const fit = cell === null && facts.value !== null ? `fit (${facts.value.cell} px)` : "fit";
  return (
    <form class="controls" aria-label="Display" onSubmit={(event) => event.preventDefault()}>
      <fieldset class="segments">
        <legend>Slices</legend>
        <span class="segment-row">
          {AXES.map((axis) => (
            <label key={axis} class={axis === sliceAxis ? "segment on" : "segment"}>
              <input
                type="radio"
                name="slice-axis"
                value={axis}
                checked={axis === sliceAxis}
                onChange={() => app.change({ sliceAxis: axis })}
              />
              {axis}
            </label>
          ))}
        </span>
      </fieldset>
      <Choice
        label="Scale"
        value={normalize}
        options={Object.entries(SCALES)}
        onChange={(value) => app.change({ normalize: value as Normalize })}
      />
      <Choice
        label="Trim"
        value={trim === null ? "" : String(trim)}
        options={[["", "none"], ...TRIMS.map((sigmas) => [String(sigmas), `±${sigmas} σ`] as const)]}
        onChange={(value) => app.change({ trim: value === "" ? null : Number(value) })}
      />
      <Choice
        label="Colours"
        value={colormap}
        options={Object.entries(COLORMAPS)}
        onChange={(value) => app.change({ colormap: value as ColormapName })}
      />
      <Choice
        label="Cell"
        value={cell === null ? "" : String(cell)}
        options={[["", fit], ...CELLS.map((pixels) => [String(pixels), `${pixels} px`] as const)]}
        onChange={(value) => app.change({ cell: value === "" ? null : Number(value) })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={symmetric}
          onChange={(event) => app.change({ symmetric: event.currentTarget.checked })}
        />
        Symmetric
      </label>
      <SaveButton app={app} class="button phone-only" />
    </form>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <span class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
