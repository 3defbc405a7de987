// Customs messages for the tests: elements, and the fields that every message begins with.

/** An element of the messages. */
export const element = (name, inner) => `<ceb:${name}>${inner}</ceb:${name}>`;
/** An element for each field. */
export const fields = (pairs) => Object.entries(pairs).map(([name, text]) => element(name, text)).join("");
/** A message with its root element. */
export const message = (root, inner) =>
  `<?xml version="1.0" encoding="UTF-8"?><ceb:${root} xmlns:ceb="http://www.chinaport.gov.cn/ceb" ` +
  `guid="${"0".repeat(36)}" version="1.0">${inner}</ceb:${root}>`;
/** What every document begins with; `kind` makes it another one. */
export const head = (kind) => ({ guid: kind.padEnd(36, "0"), appType: "1", appTime: "20261101100000", appStatus: "2" });
