import { expect, test } from "vitest";
import { formats } from "../../src/index.ts";
import { families } from "../../web/families.ts";

test("every ending of the library's table is in one of the page's families, and no family is empty", () => {
  const shown = families(formats);
  const endings = new Set(shown.flatMap(({ extensions }) => extensions));
  for (const row of formats) for (const ending of row.extensions) expect(endings).toContain(ending);
  for (const { extensions } of shown) expect(extensions.length).toBeGreaterThan(0);
  expect(new Set(shown.map(({ title }) => title)).size).toBe(shown.length);
  expect(shown.length).toBeLessThan(20);
});
