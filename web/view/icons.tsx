import type { ComponentChildren } from "preact";

/** A 16-pixel line icon in the colour of the text around it; never the only carrier of meaning. */
function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {children}
    </svg>
  );
}

/** The mark of Kernelscope: nine weights. */
export function Logo() {
  const colours = ["a", "b", "c", "d", "c", "e", "c", "f", "g"];
  return (
    <svg class="logo" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {colours.map((colour, index) => (
        <rect
          key={String(index)}
          class={`logo-${colour}`}
          x={(index % 3) * 7}
          y={Math.floor(index / 3) * 7}
          width="6"
          height="6"
          rx="1"
        />
      ))}
    </svg>
  );
}

export const FolderIcon = () => (
  <Icon>
    <path d="M1.8 12.6V3.4h4.3l1.5 1.9h6.6v7.3z" />
  </Icon>
);

export const SaveIcon = () => (
  <Icon>
    <path d="M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11" />
  </Icon>
);

export const ListIcon = () => (
  <Icon>
    <path d="M2 4h12M2 8h12M2 12h12" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m3.5 3.5 9 9m0-9-9 9" />
  </Icon>
);

export const PreviousIcon = () => (
  <Icon>
    <path d="M10 3 5 8l5 5" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="m6 3 5 5-5 5" />
  </Icon>
);

export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path class="filled" d="M8 2.3a5.7 5.7 0 0 1 0 11.4z" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M8 2 1.5 13.5h13zM8 6.3v3.4M8 11.2v.9" />
  </Icon>
);
