import { useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import type { SliceFacts, WeightFacts } from "../protocol.ts";
import { selectedLayer } from "../state.ts";
import { indicesOf, sameSlice, tileAxes, weightText } from "../words.ts";

/** Columns and rows of a slice that fit the panel as a table. */
const MOST_COLUMNS = 7;
const MOST_ROWS = 11;

/** The weight under the pointer or the cursor, every index named; and the chosen slice as a table of numbers. */
export function Readout({ app }: { readonly app: App }) {
  const weight = useComputed(() => app.state.value.hover ?? app.state.value.cursor?.weight ?? null);
  const cursor = useComputed(() => app.state.value.cursor);
  const view = useComputed(() => app.state.value.view);
  const rank = useComputed(() => selectedLayer(app.state.value)?.rank ?? 3);
  const [row, column] = tileAxes(view.value);
  const read = weight.value;
  const chosen = cursor.value;
  return (
    <section class="readout">
      <h3>Weight</h3>
      {read === null ? (
        <p class="quiet hint">Point at a weight, or focus the picture and use the arrow keys.</p>
      ) : (
        <div class="weight" data-weight={weightText(read.value)}>
          <p class="value figures">{weightText(read.value)}</p>
          <dl class="indices">
            {indicesOf(read, view.value, rank.value).map(([term, index]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd class="figures">{index}</dd>
              </div>
            ))}
          </dl>
          {read.frozen === true && <p class="careful-text">Never trained: it only ever meets padding.</p>}
        </div>
      )}
      {chosen !== null && (
        <SliceTable
          weight={chosen.weight}
          slice={chosen.slice}
          axis={rank.value === 3 || view.value.sliceAxis !== "depth" ? view.value.sliceAxis : null}
          row={row}
          column={column}
        />
      )}
      {chosen !== null && read !== null && !sameSlice(read.place, chosen.weight.place) && (
        <p class="quiet">The table is of the chosen slice.</p>
      )}
    </section>
  );
}

function SliceTable(props: {
  readonly weight: WeightFacts;
  readonly slice: SliceFacts;
  /** Null where the layer has no such axis. */
  readonly axis: string | null;
  readonly row: string;
  readonly column: string;
}) {
  const { weight, slice } = props;
  const { place } = weight;
  const along = props.axis === null ? "" : `, ${props.axis} ${place.slice}`;
  const caption = `Filter ${place.out}, input ${weight.inputChannel}${along}`;
  if (slice.columns > MOST_COLUMNS || slice.rows > MOST_ROWS) {
    return (
      <p class="quiet">
        {caption}: {slice.rows} × {slice.columns} weights.
      </p>
    );
  }
  const rows = Array.from({ length: slice.rows }, (_, index) => index);
  const columns = Array.from({ length: slice.columns }, (_, index) => index);
  return (
    <table class="slice figures">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">
              {props.row} by {props.column}
            </span>
          </th>
          {columns.map((index) => (
            <th key={index} scope="col" title={`${props.column} ${index}`}>
              {index}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((index) => (
          <tr key={index}>
            <th scope="row" title={`${props.row} ${index}`}>
              {index}
            </th>
            {columns.map((other) => (
              <td key={other} class={index === place.row && other === place.column ? "here" : undefined}>
                {short(slice.values[index * slice.columns + other] ?? Number.NaN)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Three decimals or so, always narrow enough for the table. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf");
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1000 || size < 0.0005
      ? value.toExponential(0)
      : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  return text.replace("e+", "e");
}
