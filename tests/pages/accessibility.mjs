// The rules of WCAG 2.2, levels A and AA, as axe-core knows them.

import assert from "node:assert/strict";

import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails with every rule that is broken and the places where it is. */
export async function isAccessible(page) {
  // Evaluated by the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
  assert.ok(passes.length > 10, "the checker looked at the page");
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}): ${node.html.slice(0, 200)}\n  ${node.failureSummary}`));
  assert.deepEqual(found, []);
}
