import { markStart, marks } from "../marks.ts";
import type { PictureFacts, Place, Rect, Ruler } from "../protocol.ts";

interface RulerProps {
  readonly facts: PictureFacts;
  /** What is seen, in the picture's pixels. */
  readonly visible: Rect;
  readonly scale: number;
  /** The weight to point out. */
  readonly active: Place | null;
}

/** CSS pixels that a number needs beside its neighbour. */
const ROOM_ACROSS = 34;
const ROOM_DOWN = 18;

/** Whether filters of a single input are wrapped, so that columns are filters too. */
function wrapped(facts: PictureFacts): boolean {
  return facts.extents.in === 1 && facts.extents.blocksAcross > 1;
}

/** What the rulers count, for their corner. */
export function cornerText(facts: PictureFacts): string {
  return wrapped(facts) ? "out" : "out\\in";
}

/** Indices of the inputs above their columns; steps to add to the filter's index where filters are wrapped. */
export function ColumnRuler({ facts, visible, scale, active }: RulerProps) {
  const across = facts.extents.blocksAcross;
  const at = active === null ? null : (active.out * facts.extents.in + active.in) % across;
  const shown = marks(facts.columns, visible.x, visible.x + visible.width, ROOM_ACROSS * scale, at);
  return (
    <div class="ruler columns" aria-hidden="true" style={{ width: `${facts.width / scale}px` }}>
      {shown.map((index) => (
        <Mark
          key={index}
          ruler={facts.columns}
          index={index}
          scale={scale}
          axis="left"
          active={index === at}
          text={wrapped(facts) ? `+${index}` : String(index)}
        />
      ))}
    </div>
  );
}

/** Indices of the filters beside their rows: the first of a row where they are wrapped. */
export function RowRuler({ facts, visible, scale, active }: RulerProps) {
  const { extents } = facts;
  const at =
    active === null ? null : Math.floor((active.out * extents.in + active.in) / extents.blocksAcross);
  const shown = marks(facts.rows, visible.y, visible.y + visible.height, ROOM_DOWN * scale, at);
  return (
    <div class="ruler rows" aria-hidden="true" style={{ height: `${facts.height / scale}px` }}>
      {shown.map((index) => (
        <Mark
          key={index}
          ruler={facts.rows}
          index={index}
          scale={scale}
          axis="top"
          active={index === at}
          text={String(Math.floor((index * extents.blocksAcross) / extents.in))}
        />
      ))}
    </div>
  );
}

function Mark(props: {
  readonly ruler: Ruler;
  readonly index: number;
  readonly scale: number;
  readonly axis: "left" | "top";
  readonly active: boolean;
  readonly text: string;
}) {
  const middle = (markStart(props.ruler, props.index) + props.ruler.size / 2) / props.scale;
  return (
    <span class={props.active ? "mark active" : "mark"} style={{ [props.axis]: `${middle}px` }}>
      {props.text}
    </span>
  );
}
