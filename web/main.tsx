import exampleAddress from "kernelscope:example";
import formats from "kernelscope:formats";
import { render } from "preact";
import { createApp } from "./app.ts";
import { families } from "./families.ts";
import { allowOnly, hostsOf } from "./remote-policy.ts";
import type { Theme } from "./state.ts";
import { isOwnWorker, trustOnly } from "./trust.ts";
import { Page } from "./view/page.tsx";
import { createWorkers } from "./workers.ts";

const THEME_KEY = "kernelscope.theme";

/** The theme that was chosen last; a browser that keeps nothing gets the system's. */
function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // A browser that keeps nothing still shows the theme until the page is closed.
  }
}

async function example(address: string): Promise<File> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new File([await response.blob()], "seed.keras");
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken the blob over by then; kept any longer it would only hold memory.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Only this page may connect to other hosts; see vite.config.mjs. While developing there is one page for both. */
const isRemote = document.documentElement.dataset.remote !== undefined || import.meta.env.DEV;
const wanted = new URLSearchParams(location.search).get("url");
const remotePage = (url: string): string =>
  `${import.meta.env.DEV ? "./" : "./remote.html"}?url=${encodeURIComponent(url)}`;
// First of all, before anything is read.
if (isRemote && !import.meta.env.DEV) allowOnly(wanted === null ? [] : hostsOf(wanted));
else if (wanted !== null && !isRemote) location.replace(remotePage(wanted));
trustOnly(isOwnWorker);
const workers = createWorkers();
const root = document.getElementById("app");
const theme = keptTheme();
showTheme(theme);
if (root !== null) {
  const address = exampleAddress;
  const app = createApp(
    {
      startWorker: workers.startReader,
      hdf5: workers.hdf5,
      example: address === null ? null : () => example(address),
      families: families(formats),
      save,
      showTheme,
      goTo: (url) => location.assign(remotePage(url)),
    },
    theme,
  );
  render(<Page app={app} />, root);
  if (isRemote && wanted !== null) void app.openAddress(wanted);
}
