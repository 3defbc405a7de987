// What the page says for each code of verify.js, in Chinese and in English.

const list = (names, zh) => names.join(zh ? "、" : ", ");
const time = (ms) => new Date(Number(ms)).toISOString().replace(".000Z", "Z");

/** The lists by their numbers on the ledger, in Chinese and in English; a test compares them with the service's own. */
const LISTS = {
  1: ["经营异常名录", "List of abnormal operation"],
  2: ["严重违法失信名单", "List of seriously dishonest entities"],
  3: ["失信被执行人名单", "List of judgment defaulters"],
  4: ["重大税收违法失信主体名单", "List of major tax violations"],
  5: ["拖欠农民工工资失信联合惩戒对象名单", "List of wage arrears to migrant workers"],
  6: ["海关失信企业名单", "Customs list of dishonest enterprises"],
  7: ["海关严重失信主体名单", "Customs list of seriously dishonest entities"],
  8: ["统计严重失信企业名单", "List of serious dishonesty in statistics"],
  9: ["知识产权严重违法失信名单", "List of serious violations of intellectual property"],
};

function listed({ list: number, isPublic, state }, zh) {
  const known = isPublic && LISTS[number];
  const name = known ? known[zh ? 0 : 1] : zh ? `${isPublic ? "公开名单" : "内部名单"} ${number}` : `${isPublic ? "public list" : "list"} ${number}`;
  if (state === null) return zh ? `${name}：从未列入` : `${name}: not listed, and never was`;
  if (state.listed) return zh ? `${name}：已列入` : `${name}: LISTED`;
  return zh ? `${name}：已移出` : `${name}: not listed any more`;
}

/** By code: Chinese, English, each a text or a function of the arguments. */
const WORDS = {
  fields: [(shown, of) => `${of} 个字段中出示了 ${shown} 个，都与承诺一致。`, (shown, of) => `${shown} of ${of} fields are shown, and all match the commitment.`],
  leaf: [(index) => `这条记录对应账本第 ${index} 号叶子。`, (index) => `The entry stands for leaf ${index} of the log.`],
  included: [(index, size) => `第 ${index} 号叶子在共 ${size} 条的账本里。`, (index, size) => `Leaf ${index} is in the log of ${size} entries.`],
  signed: [(origin) => `由 ${origin} 的密钥签名。`, (origin) => `Signed with the key of ${origin}.`],
  quorum: [(names) => `已由足够的见证方联署：${list(names, true)}。`, (names) => `Cosigned by enough witnesses: ${list(names, false)}.`],
  latest: [(uscc, size, ms) => `截至共 ${size} 条的账本（${time(ms)}），${uscc} 没有更新的记录。`, (uscc, size, ms) => `No later record of ${uscc} in the log of ${size} entries, sealed ${time(ms)}.`],
  subject_is: [(uscc) => `标签属于 ${uscc}。`, (uscc) => `The label is that of ${uscc}.`],
  label_not_shown: [(uscc) => `文件只说明 ${uscc} 是否在公开名单上，不出示其标签。`, (uscc) => `The file tells of ${uscc} and published lists only, and does not show its label.`],
  rated: [(index) => `现行评级是第 ${index} 号叶子。`, (index) => `The rating in force is leaf ${index}.`],
  not_rated: ["没有评级。", "It has no rating."],
  rating_not_told: ["文件没有说明评级。", "The file does not tell about a rating."],
  lists: [(all) => `${all.map((one) => listed(one, true)).join("；")}。`, (all) => `${all.map((one) => listed(one, false)).join("; ")}.`],
  lists_not_told: ["文件没有说明任何名单。", "The file does not tell about any list."],
  nothing_shown: ["文件没有出示任何字段。", "The file shows no fields."],
  no_policy: ["没有见证方名单，无法核对联署。", "Without a witness policy the cosignatures cannot be checked."],
  no_quorum_asked: ["名单没有要求见证方。", "The policy asks for no witnesses."],
  quorum_missing: [
    (names) => (names.length === 0 ? "还没有见证方联署。" : `联署的见证方还不够，已有：${list(names, true)}。`),
    (names) => (names.length === 0 ? "No witness has cosigned yet." : `Too few witnesses so far: ${list(names, false)}.`),
  ],
  no_state_proof: ["文件不含“最新”的证明。", "The file holds no proof of being the latest."],
  no_label_proof: ["这是该标签的最新记录，但回执没有证明标签属于哪家企业。", "It is the latest of its label, but the receipt does not show whose label that is."],
  superseded: [(index) => `该企业已有更新的记录：第 ${index} 号叶子。`, (index) => `The enterprise has a later record, leaf ${index}.`],
  no_ristretto: ["这个服务器构建时没有带上核对标签的程序；可用命令 node verify。", "This server was built without what checks labels; the command node verify does."],
  score_not_checked: ["本页不重新计算评分；可用命令 node verify。", "This page does not recompute the score; the command node verify does."],
  not_reached: ["前面的检查没有通过，未再检查。", "Not checked, since another check failed."],
  too_long: ["文件超过 1 MB，不是回执。", "The file is longer than 1 MB; it is no receipt."],
  json: ["这不是一份回执文件。", "This is not a receipt file."],
  version: [(version) => `版本 ${version} 不能识别。`, (version) => `Version ${version} of the file is not known here.`],
  salt: ["有一个字段的盐不能识别。", "The salt of a field does not read."],
  value: ["有一个字段的值不能识别。", "The value of a field does not read."],
  hidden_hash: ["承诺证明中有一个哈希不能识别。", "A hash of the commitment proof does not read."],
  half_disclosure: ["字段和承诺证明应当同时有或同时没有。", "Fields and commitment proof must come together."],
  entry_base64: ["记录的编码不对。", "The entry is not in base64."],
  entry_too_long: ["记录太长。", "The entry is too long."],
  entry_scale: ["记录不能解码。", "The entry does not decode."],
  too_many_lists: ["状态文件涉及的名单过多。", "The status tells about too many lists."],
  scorecard_digest: ["文件写的评分卡不是记录里的那一张。", "The scorecard named is not that of the entry."],
  not_canonical: ["文件的书写被改动过（空格、顺序或转义）。请使用下载的原件。", "The file's spelling was changed (spaces, order or escapes). Use the file as downloaded."],
  proof: ["日志证明的格式不对。", "The proof of logging is malformed."],
  part: ["文件中关于“最新”的部分不能识别。", "A part of the proof of being the latest does not read."],
  extra: ["日志证明带有没有认证的附加数据。", "The proof carries data that nothing authenticates."],
  no_entry: ["日志证明里没有记录。", "The proof holds no entry."],
  note: ["检查点的签名部分格式不对。", "The signatures of the checkpoint are malformed."],
  checkpoint: ["检查点的格式不对。", "The checkpoint is malformed."],
  no_commitment: ["出示了字段，但这类记录没有承诺。", "Fields are shown, but an entry of this kind commits to none."],
  fields_other: ["出示的字段与承诺不符：内容被改动过。", "The fields are not those committed to: something was changed."],
  fields_wrong: ["出示的字段或其证明不完整、次序不对。", "The fields or their proof are incomplete or out of order."],
  inclusion: ["这条记录不在检查点所说的账本里。", "The entry is not in the log of the checkpoint."],
  vkey: ["日志公钥不能识别。核对是否抄写完整。", "The log key cannot be read. Check that it is complete."],
  policy: ["见证方名单不能识别。", "The witness policy cannot be read."],
  policy_other_log: ["见证方名单不是为这个日志公钥写的。", "The witness policy is not for this log key."],
  unknown_log: [(origin) => `文件来自账本 ${origin}，不是这个公钥的账本。`, (origin) => `The file is of the log ${origin}, not of this key's.`],
  unknown_signature: [(name) => `有一行签名不在名单里：${name}。`, (name) => `A signature line is not in the policy: ${name}.`],
  signature_order: ["签名行重复或次序不对。", "Signature lines are doubled or out of order."],
  signature: [(name) => `${name} 的签名不成立。`, (name) => `The signature of ${name} is wrong.`],
  not_signed: [(origin) => `没有 ${origin} 这把公钥的签名。`, (origin) => `There is no signature of ${origin} by this key.`],
  not_the_seal: ["检查点的最后一条不是文件所示的区块封印。", "The checkpoint does not end with the seal that is shown."],
  no_state: ["这类记录在状态树中没有位置。", "An entry of this kind has no place in the state map."],
  state: ["状态证明不成立。", "The state proof does not hold."],
  state_value: ["状态树中的值不能识别。", "The value from the state map does not read."],
  state_contradicts: ["同一检查点的状态树与账本互相矛盾。", "The state map and the log of one checkpoint contradict each other."],
  genesis: ["文件所示的创世记录不是该账本的第一条。", "The genesis shown is not the first leaf of this log."],
  label: ["企业标签的证明不成立。", "The proof of the enterprise's label does not hold."],
  label_missing: ["文件没有出示企业的标签，只能说明公开名单。", "The file does not show the enterprise's label, so it can tell about published lists only."],
  subject: ["记录不属于所说的企业。", "The entry is about another enterprise than is said."],
  no_ed25519: ["这个浏览器不支持 Ed25519。请用较新的浏览器（Chrome 137、Firefox 129、Safari 17 或更新），或运行 node verify。", "This browser lacks Ed25519. Use a newer one (Chrome 137, Firefox 129, Safari 17 or later), or run node verify."],
};

/** Codes that share the words of their family. */
const FAMILIES = ["proof", "part", "note", "checkpoint", "inclusion", "state", "label"];

function entryOf(code) {
  if (Object.hasOwn(WORDS, code)) return WORDS[code];
  if (code.startsWith("fields_")) return WORDS.fields_wrong;
  const family = FAMILIES.find((name) => code.startsWith(`${name}_`));
  return family && WORDS[family];
}

/** Whether a code has words. */
export const hasWords = (code) => entryOf(code) !== undefined;

/** The words of a code. */
export function words(code, args, zh) {
  const said = entryOf(code)?.[zh ? 0 : 1];
  return typeof said === "function" ? said(...args) : (said ?? code);
}
