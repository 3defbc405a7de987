// The page around verify.js: takes the file, shows each step in words.

import { readField } from "./statement.js";
import { verifyReceipt } from "./verify.js";

const zh = document.documentElement.lang.startsWith("zh");
const say = (inChinese, inEnglish) => (zh ? inChinese : inEnglish);

const STEPS = [
  say("读取回执文件", "Reading the file"),
  say("所示字段与承诺一致", "The fields are those committed to"),
  say("记录就是账本的叶子", "The entry is the leaf"),
  say("叶子在检查点的账本里", "The leaf is in the log"),
  say("检查点由账本签名", "The log signed the checkpoint"),
  say("检查点由见证方联署", "Witnesses cosigned it"),
  say("是该企业的最新评级", "It is the enterprise's latest"),
  say("评分可以重新算出", "The score recomputes"),
];

const STATES = {
  proven: say("已证明", "proven"),
  not_proven: say("未证明", "not proven"),
  failed: say("不成立", "failed"),
};

const list = (names) => names.join(say("、", ", "));

const WORDS = {
  fields: (shown, of) => say(`${of} 个字段中出示了 ${shown} 个，都与承诺一致。`, `${shown} of ${of} fields are shown, and all match the commitment.`),
  leaf: (index) => say(`这条记录对应账本第 ${index} 号叶子。`, `The entry stands for leaf ${index} of the log.`),
  included: (index, size) => say(`第 ${index} 号叶子在共 ${size} 条的账本里。`, `Leaf ${index} is in the log of ${size} entries.`),
  signed: (origin) => say(`由 ${origin} 的密钥签名。`, `Signed with the key of ${origin}.`),
  quorum: (names) => say(`已由足够的见证方联署：${list(names)}。`, `Cosigned by enough witnesses: ${list(names)}.`),
  nothing_shown: () => say("回执没有出示任何字段。", "The receipt shows no fields."),
  no_policy: () => say("没有见证方名单，无法核对联署。", "Without a witness policy the cosignatures cannot be checked."),
  no_quorum_asked: () => say("名单没有要求见证方。", "The policy asks for no witnesses."),
  quorum_missing: (names) =>
    names.length === 0
      ? say("还没有见证方联署。", "No witness has cosigned yet.")
      : say(`联署的见证方还不够，已有：${list(names)}。`, `Too few witnesses so far: ${list(names)}.`),
  no_state_proof: () => say("本版回执不含“最新”的证明。", "Receipts of this version hold no proof of being the latest."),
  no_scorecard: () => say("本页不重新计算评分；可用命令 node verify。", "This page does not recompute the score; the command node verify does."),
  not_reached: () => say("前面的检查没有通过，未再检查。", "Not checked, since an earlier step failed."),
  too_long: () => say("文件超过 1 MB，不是回执。", "The file is longer than 1 MB; it is no receipt."),
  bad_json: () => say("这不是一份回执文件。", "This is not a receipt file."),
  bad_version: (version) => say(`回执版本 ${version} 不能识别。`, `Version ${version} of the receipt is not known here.`),
  bad_entry: () => say("记录不能解码。", "The entry does not decode."),
  other_scorecard: () => say("文件写的评分卡不是记录里的那一张。", "The scorecard named is not that of the entry."),
  half_disclosure: () => say("字段和承诺证明应当同时有或同时没有。", "Fields and commitment proof must come together."),
  not_canonical: () => say("文件的书写被改动过（空格、顺序或转义）。请使用下载的原件。", "The file's spelling was changed (spaces, order or escapes). Use the file as downloaded."),
  bad_proof: () => say("账本证明的格式不对。", "The proof of logging is malformed."),
  extra_data: () => say("账本证明带有没有认证的附加数据。", "The proof carries data that nothing authenticates."),
  bad_note: () => say("检查点的签名部分格式不对。", "The signatures of the checkpoint are malformed."),
  bad_checkpoint: () => say("检查点的格式不对。", "The checkpoint is malformed."),
  no_commitment: () => say("出示了字段，但这类记录没有承诺。", "Fields are shown, but an entry of this kind commits to none."),
  bad_fields: () => say("出示的字段或其证明不完整、次序不对。", "The fields or their proof are incomplete or out of order."),
  other_fields: () => say("出示的字段与承诺不符：内容被改动过。", "The fields are not those committed to: something was changed."),
  not_in_log: () => say("这条记录不在检查点所说的账本里。", "The entry is not in the log of the checkpoint."),
  bad_vkey: () => say("日志公钥不能识别。核对是否抄写完整。", "The log key cannot be read. Check that it is complete."),
  bad_policy: () => say("见证方名单不能识别。", "The witness policy cannot be read."),
  policy_other_log: () => say("见证方名单不是为这个日志公钥写的。", "The witness policy is not for this log key."),
  other_log: (origin) => say(`回执来自账本 ${origin}，不是这个公钥的账本。`, `The receipt is of the log ${origin}, not of this key's.`),
  unknown_signature: (name) => say(`有一行签名不在名单里：${name}。`, `A signature line is not in the policy: ${name}.`),
  signature_order: () => say("签名行重复或次序不对。", "Signature lines are doubled or out of order."),
  bad_signature: (name) => say(`${name} 的签名不成立。`, `The signature of ${name} is wrong.`),
  not_signed: (origin) => say(`没有 ${origin} 这把公钥的签名。`, `There is no signature of ${origin} by this key.`),
  no_ed25519: () => say("这个浏览器不支持 Ed25519。请用较新的浏览器（Chrome 137、Firefox 129、Safari 17 或更新），或运行 node verify。", "This browser lacks Ed25519. Use a newer one (Chrome 137, Firefox 129, Safari 17 or later), or run node verify."),
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

function stepItem({ number, state, code, args }) {
  const item = element("li", "", state);
  const words = element("div");
  const head = element("p", element("b", STEPS[number]));
  head.append(" ", element("span", STATES[state], "state"));
  words.append(head, element("p", WORDS[code](...args), "says"));
  item.append(sign(state), words);
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

async function check() {
  if (text === null) return;
  const { ok, steps, receipt } = await verifyReceipt(text, vkey.value, policy.value);
  const failed = steps.find((step) => step.state === "failed");
  const final = steps.some((step) => step.number === 5 && step.state === "proven");
  const verdict = failed
    ? say("这份回执不成立。", "This receipt does not hold.")
    : final
      ? say("这份回执成立，并已由见证方联署。", "This receipt holds, and witnesses have cosigned it.")
      : say("这份回执成立；见证方的联署没有证明。", "This receipt holds; witnesses' cosignatures are not proven.");
  const shown = element("ol");
  shown.append(...steps.map(stepItem));
  result.replaceChildren(element("h2", verdict, ok ? "" : "warn"), shown);
  // Only a rating's statement has this table of fields.
  if (ok && receipt.disclosure && receipt.entry.name === "rating") {
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
