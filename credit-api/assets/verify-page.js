// The page around verify.js: takes the file, shows each step in words.

import { certificateWords, readField } from "./statement.js";
import { words } from "./words.js";

const zh = document.documentElement.lang.startsWith("zh");
const say = (inChinese, inEnglish) => (zh ? inChinese : inEnglish);

let loading = null;

/** The verifier, fetched when there is first something to verify: it is larger than the page. With it the group with
 *  which labels are checked; a program may have been built without that. */
function verifier() {
  loading ??= Promise.all([import("./verify.js"), import("./noble.js")]).then(([verify, noble]) => ({
    ...verify,
    curve: noble.ristretto255 && noble,
  }));
  return loading;
}

const READING = say("读取文件", "Reading the file");
const SIGNED = say("检查点由账本签名", "The log signed the checkpoint");
const COSIGNED = say("检查点由见证方联署", "Witnesses cosigned it");
const STEPS = [
  READING,
  say("所示字段与承诺一致", "The fields are those committed to"),
  say("记录就是账本的叶子", "The entry is the leaf"),
  say("叶子在检查点的账本里", "The leaf is in the log"),
  SIGNED,
  COSIGNED,
  say("是该企业的最新记录", "It is the enterprise's latest"),
  say("评分可以重新算出", "The score recomputes"),
];
const STATUS_STEPS = [
  READING,
  say("标签属于该企业", "The label is the enterprise's"),
  say("现行评级", "The rating in force"),
  say("名单", "Lists"),
  SIGNED,
  COSIGNED,
];

const STATES = {
  proven: say("已证明", "proven"),
  not_proven: say("未证明", "not proven"),
  failed: say("不成立", "failed"),
};

const SIGNS = { proven: "M4 12l5 5L20 6", not_proven: "M5 12h14", failed: "M5 5l14 14M19 5L5 19" };

const form = document.getElementById("verify");
const drop = document.getElementById("drop");
const result = document.getElementById("result");
const [file, vkey, policy, name] = ["file", "vkey", "policy", "chosen"].map((id) => document.getElementById(id));
let text = null;

function element(name, content = "", className = "") {
  const made = document.createElement(name);
  made.append(content);
  if (className) made.className = className;
  return made;
}

function sign(state) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SIGNS[state]);
  svg.append(path);
  return svg;
}

function stepItem({ number, state, code, args }, names) {
  const item = element("li", "", state);
  const text = element("div");
  const head = element("p", element("b", names[number]));
  head.append(" ", element("span", STATES[state], "state"));
  text.append(head, element("p", words(code, args, zh), "says"));
  item.append(sign(state), text);
  return item;
}

/** The fields shown, by name. The first only counts the others. */
function shownFields(fields) {
  const names = element("dl");
  for (const field of fields.slice(1)) {
    const { name, value } = readField(field.id, field.value);
    names.append(element("dt", say(...name)), element("dd", say(...value)));
  }
  return names;
}

const KINDS = {
  receipt: {
    steps: STEPS,
    verify: (by) => by.verifyReceipt(text, vkey.value, policy.value, by.curve),
    bad: say("这份回执不成立。", "This receipt does not hold."),
    final: say("这份回执成立，并已由见证方联署。", "This receipt holds, and witnesses have cosigned it."),
    good: say("这份回执成立；见证方的联署没有证明。", "This receipt holds; witnesses' cosignatures are not proven."),
  },
  status: {
    steps: STATUS_STEPS,
    verify: (by) => by.verifyStatus(text, vkey.value, policy.value, by.curve),
    bad: say("这份状态文件不成立。", "This status does not hold."),
    final: say("这份状态文件成立，并已由见证方联署。", "This status holds, and witnesses have cosigned it."),
    good: say("这份状态文件成立；见证方的联署没有证明。", "This status holds; witnesses' cosignatures are not proven."),
  },
  proof: {
    steps: STEPS,
    verify: (by) => by.verifyProof(text, null, vkey.value, policy.value),
    bad: say("这份日志证明不成立。", "This proof does not hold."),
    final: say("这份日志证明成立，并已由见证方联署。", "This proof holds, and witnesses have cosigned it."),
    good: say("这份日志证明成立；见证方的联署没有证明。", "This proof holds; witnesses' cosignatures are not proven."),
  },
};

async function check() {
  if (text === null) return;
  const by = await verifier();
  const kind = KINDS[by.kindOf(text)];
  const { ok, steps, receipt } = await kind.verify(by);
  const final = steps.some((step) => step.number === 5 && step.state === "proven");
  const verdict = ok ? (final ? kind.final : kind.good) : kind.bad;
  const shown = element("ol");
  shown.append(...steps.map((step) => stepItem(step, kind.steps)));
  result.replaceChildren(element("h2", verdict, ok ? "" : "warn"), shown);
  const told = ok && receipt ? certificateWords(receipt) : null;
  if (told) result.append(element("h3", say("凭证所述", "What the certificate says")), element("p", say(...told)));
  // Only a rating's statement has this table of fields.
  if (ok && receipt?.disclosure && receipt.entry.name === "rating") {
    const title = element("h3", say("回执出示的内容", "What the receipt shows"));
    result.append(title, shownFields(receipt.disclosure.fields));
  }
}

async function take(chosen) {
  if (!chosen) return;
  name.textContent = chosen.name;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await chosen.arrayBuffer());
  } catch {
    text = "";
  }
  await check();
}

form.hidden = false;
file.addEventListener("change", () => take(file.files[0]));
vkey.addEventListener("change", check);
policy.addEventListener("change", check);
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});
form.addEventListener("submit", (event) => event.preventDefault());
