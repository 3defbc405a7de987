// Reads the fields of a rating's statement for people: names and values in both languages. The table of fields is
// fixed for ever (docs/LEDGER.md); a value that does not decode is shown as its bytes.

const GRADES = ["AAA", "AA", "A", "BBB", "BB", "D", "N"];
const KINDS = [["跨境电商企业", "e-commerce enterprise"], ["平台企业", "platform enterprise"], ["物流企业", "logistics enterprise"], ["其他服务企业", "other service enterprise"]];
const STATES = [["已观测", "observed"], ["不适用", "not applicable"], ["样本不足", "too little data"], ["未启用", "not in use"]];
const UNRATED = [["数据不足", "too little data"], ["成立不满六个月", "younger than six months"], ["近一年无交易", "no trade in a year"], ["已注销", "cancelled"]];
const INDICATOR_FIRST = 101;
const INDICATORS = [["R", 9], ["P", 13], ["T", 16], ["C", 8]].flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, at) => letter + String(at + 1).padStart(2, "0")));

class Bytes {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  take(length) {
    if (this.at + length > this.bytes.length) throw new RangeError("short");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
  little(length, signed = false) {
    const number = this.take(length).reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
    return signed ? BigInt.asIntN(length * 8, number) : number;
  }
  small(limit) {
    const number = Number(this.little(1));
    if (number >= limit) throw new RangeError("code");
    return number;
  }
  compact() {
    const mode = this.bytes[this.at] & 3;
    if (mode < 3) return this.little(1 << mode) >> 2n;
    return this.little((Number(this.little(1)) >> 2) + 4);
  }
  text() {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.take(Number(this.compact())));
  }
  option(read) {
    return this.small(2) === 1 ? read() : null;
  }
  list(read) {
    return Array.from({ length: Number(this.compact()) }, read);
  }
}

const iso = (ms) => new Date(Number(ms)).toISOString();
const day = (bytes) => iso(bytes.little(4, true) * 86_400_000n).slice(0, 10);
const grade = (bytes) => GRADES[bytes.small(GRADES.length)];
const hundredths = (bytes) => (Number(bytes.compact()) / 100).toFixed(2);
const ascii = (bytes) => new TextDecoder().decode(bytes);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const NOTHING = ["无", "none"];
const plain = (text) => [text, text];
const joined = (items) => (items.length === 0 ? NOTHING : plain(items.join(" · ")));

/** Chinese name, English name, and how the value reads, in both languages. */
const FIELDS = {
  1: ["统一社会信用代码", "Credit code", (b) => plain(ascii(b.take(18)))],
  2: ["截至", "As of", (b) => plain(day(b))],
  3: ["知悉时间", "Known at", (b) => plain(iso(b.little(8, true)))],
  4: ["类型", "Kind", (b) => KINDS[b.small(5) - 1]],
  5: ["评分卡", "Scorecard", (b) => plain(b.text())],
  6: ["评分卡摘要", "Scorecard digest", (b) => plain(hex(b.take(32)))],
  7: ["前一等级", "Grade before", (b) => { const was = b.option(() => grade(b)); return was ? plain(was) : NOTHING; }],
  8: ["等级", "Grade", (b) => plain(grade(b))],
  9: ["按评分的等级", "Grade by score", (b) => plain(grade(b))],
  10: ["待确认等级", "Grade to be confirmed", (b) => { const due = b.option(() => grade(b)); return due ? plain(due) : NOTHING; }],
  11: ["评分", "Score", (b) => plain(String(b.little(2)))],
  12: ["封顶前评分", "Score before caps", (b) => plain(String(b.little(2)))],
  13: ["登记得分", "Registration points", (b) => plain(hundredths(b))],
  14: ["公共信用得分", "Public credit points", (b) => plain(hundredths(b))],
  15: ["交易得分", "Trade points", (b) => plain(hundredths(b))],
  16: ["评价投诉得分", "Review points", (b) => plain(hundredths(b))],
  17: ["数据覆盖", "Coverage", (b) => plain(`${hundredths(b)} %`)],
  18: ["一票否决", "Vetoes", (b) => joined(b.list(() => b.text()))],
  19: ["封顶", "Caps", (b) => joined(b.list(() => `${b.text()} ≤ ${b.little(2)}`))],
  20: ["暂不评级原因", "Not rated because", (b) => { const why = b.list(() => UNRATED[b.small(4)]); return why.length === 0 ? NOTHING : [0, 1].map((at) => why.map((words) => words[at]).join(" · ")); }],
  21: ["有效至", "Valid until", (b) => plain(day(b))],
  22: ["签署记录摘要", "Digest of the sign-off", (b) => plain(hex(b.take(32)))],
};

function indicator(bytes) {
  const state = STATES[bytes.small(4)];
  const value = bytes.option(() => {
    if (bytes.small(2) === 1) return bytes.text();
    const [num, den] = [bytes.little(16, true), bytes.little(16, true)];
    return den === 1n ? String(num) : `${num}/${den}`;
  });
  const n = bytes.compact();
  bytes.take(32);
  const rest = [value, n > 0n ? `n ${n}` : null].filter((part) => part !== null);
  return state.map((words) => [words, ...rest].join(" · "));
}

/** `{ name, value }` of a field, each `[Chinese, English]`. */
export function readField(id, value) {
  const place = INDICATORS[id - INDICATOR_FIRST];
  const [zh, en, read] = place ? [place, place, indicator] : FIELDS[id] ?? [`字段 ${id}`, `Field ${id}`, null];
  try {
    const bytes = new Bytes(value);
    const words = read(bytes);
    if (words && bytes.at === value.length) return { name: [zh, en], value: words };
  } catch {
    // Not of the table's type: shown as bytes.
  }
  return { name: [zh, en], value: plain(hex(value)) };
}

/**
 * The plain words of a certificate of repair (docs/LEDGER.md), `[Chinese, English]`; null for any other receipt. To be
 * asked of a receipt whose fields were checked.
 */
export function certificateWords({ entry, disclosure }) {
  if (entry.name !== "statement" || !disclosure) return null;
  const read = (id) => {
    const field = disclosure.fields.find((one) => one.id === id);
    return field ? new TextDecoder().decode(field.value) : "";
  };
  return read(2) === "xinji/repair-certificate/v1" ? [read(12), read(13)] : null;
}
