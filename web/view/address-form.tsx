import { useSignal } from "@preact/signals";
import type { App } from "../app.ts";
import { hostsOf } from "../remote-policy.ts";

/** A field for an address, instead of a file: it is opened by a page that may ask that server, and no other. */
export function AddressForm({ app }: { readonly app: App }) {
  const wrong = useSignal(false);
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        const address = String(new FormData(event.currentTarget).get("address") ?? "").trim();
        wrong.value = hostsOf(address).length === 0;
        if (!wrong.value) app.goTo(address);
      }}
    >
      <label for="address">Or an address</label>
      <span class="address-row">
        <input
          id="address"
          name="address"
          type="text"
          inputmode="url"
          autocomplete="off"
          spellcheck={false}
          placeholder="https://… or hf://org/repo/model.safetensors"
          aria-invalid={wrong.value}
          aria-describedby={wrong.value ? "address-wrong" : undefined}
        />
        <button type="submit" class="button">
          Open
        </button>
      </span>
      {wrong.value && (
        <p id="address-wrong" class="careful-text" role="alert">
          It should begin with https://, http://, hf://, s3:// or gs://.
        </p>
      )}
    </form>
  );
}
