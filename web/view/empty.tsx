import type { App } from "../app.ts";
import { AddressForm } from "./address-form.tsx";
import { FileButton } from "./file-button.tsx";

/** The page before anything is opened: what it does, what it reads, and that nothing leaves the machine. */
export function Empty({ app }: { readonly app: App }) {
  return (
    <main class="message-page">
      <section class="welcome" aria-labelledby="welcome-title">
        <h2 id="welcome-title">Open a trained network, see every kernel in it</h2>
        <p class="lead">
          Drop a weight file anywhere in this window. Shards or a model's whole folder may come along.
        </p>
        <p class="buttons">
          <FileButton app={app} class="button primary">
            Choose files…
          </FileButton>
          <FileButton app={app} class="button" folder>
            Choose a folder…
          </FileButton>
          {app.hasExample && (
            <button type="button" class="button" onClick={() => void app.openExample()}>
              Open the example
            </button>
          )}
        </p>
        <AddressForm app={app} />
        <h3>It reads</h3>
        <ul class="formats">
          {app.families.map((row) => (
            <li key={row.title}>
              {row.title}{" "}
              <span class="figures">{row.extensions.map((ending) => `.${ending}`).join(" ")}</span>
            </li>
          ))}
        </ul>
        <p class="promise">
          Files stay on this machine: they are read in this page, and nothing of them is sent anywhere. An
          address is read by a page of its own, which can ask its server only.
        </p>
      </section>
    </main>
  );
}
