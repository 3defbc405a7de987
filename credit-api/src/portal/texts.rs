//! Every fixed word of the portal, in Chinese and in English, side by side. A text that is missing in one
//! language does not compile.

use super::lang::Lang;

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident: $($key:ident: $zh:literal, $en:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name { $(pub $key: &'static str,)* }

        static ZH: $name = $name { $($key: $zh,)* };
        static EN: $name = $name { $($key: $en,)* };

        /// Key, Chinese and English of every text.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $zh, $en),)*];

        impl $name {
            /// The texts in this language.
            #[must_use]
            pub fn of(lang: Lang) -> &'static Self {
                match lang {
                    Lang::Zh => &ZH,
                    Lang::En => &EN,
                }
            }
        }
    };
}
pub(super) use texts;

impl Lang {
    /// The fixed texts in this language.
    #[must_use]
    pub fn texts(self) -> &'static Texts {
        Texts::of(self)
    }
}

texts! {
    /// The fixed texts of the portal, those of [`super::case_texts`] apart.
    Texts:
    product: "信迹", "Xinji";
    product_line: "跨境电商综试区 · 企业信用", "Cross-border e-commerce pilot zone · enterprise credit";
    skip: "跳到正文", "Skip to content";
    nav: "主导航", "Main navigation";
    nav_search: "企业", "Enterprises";
    nav_zone: "总览", "Zone";
    nav_lists: "名单", "Lists";
    nav_statistics: "统计", "Statistics";
    nav_ledger: "账本", "Ledger";
    nav_verify: "验证", "Verify";
    signed_in: "已登录：", "Signed in: ";
    public_reader: "公众访问", "Public view";
    sample_note: "演示数据：页面上的企业均为虚构。", "Sample data: every enterprise shown is fictitious.";
    footer:
        "评级由公布的评分卡算出；每次变更都写入只增不改的签名账本，任何人都可以自行核验。",
        "Ratings are computed by a published scorecard. Every change is written to an append-only signed \
         ledger that anyone can check.";
    times_note: "时间为北京时间（UTC+8）", "Times are China Standard Time (UTC+8)";
    list_separator: "、", ", ";

    home_title: "查企业信用", "Look up an enterprise";
    home_lead:
        "输入统一社会信用代码、企业名称、曾用名、海关编码或拼音。",
        "Type a unified social credit code, a name, a former name, a customs code or pinyin.";
    home_enterprises: "家企业在库", "enterprises on record";
    home_entries: "条账本记录", "ledger entries";
    home_how: "三件可以自己做的事", "Three things to do here";
    home_do_look: "查一家企业的公开信息和公开等级。", "Look up an enterprise's public facts and published grade.";
    home_do_zone: "看全区的等级分布、数据覆盖和更新情况。", "See the zone's grades, data coverage and freshness.";
    home_do_verify: "拿到一份评级回执时，在自己的浏览器里验证真伪。", "Check a rating receipt in your own browser.";
    search_title: "企业检索", "Search enterprises";
    search_label: "代码、名称或拼音", "Code, name or pinyin";
    search_button: "检索", "Search";
    filter_kind: "类型", "Kind";
    filter_grade: "等级", "Grade";
    filter_all: "全部", "all";
    result_name: "企业", "Enterprise";
    result_code: "统一社会信用代码", "Credit code";
    result_kind: "类型", "Kind";
    result_status: "登记状态", "Status";
    result_grade: "等级", "Grade";
    result_listed: "在负面清单", "on the negative list";
    result_none: "没有找到相符的企业。", "No enterprise matches.";
    result_none_help:
        "核对代码的 18 位字符，或只输入名称中的两三个字；拼音全拼和首字母也可以。",
        "Check the 18 characters of the code, or type two or three characters of the name; full pinyin and \
         initials work too.";
    result_empty:
        "库中还没有企业。导入登记数据后，企业会列在这里。",
        "No enterprises yet. They are listed here once registration files are imported.";
    next_page: "下一页", "Next page";
    first_page: "回到第一页", "First page";
    purpose_label: "查询目的", "Looking for";
    purpose_button: "更改", "Change";
    purpose_basis: "依据：", "Basis: ";
    purpose_logged: "非公开内容的每次查询都记入日志，企业可见。", "Each look at what is not public is logged, and the enterprise sees it.";
    portfolio_title: "授权企业", "Portfolio";
    portfolio_lead:
        "目前授权本机构查询的企业，先到期的在前。此页显示的每个等级都按该授权记为一次查询，企业可见。",
        "Enterprises that let your institution look now, those ending first in front. Each grade shown here is a look \
         under that consent, and the enterprise sees it.";
    portfolio_none: "目前没有企业授权本机构查询。", "No enterprise lets your institution look at present.";
    portfolio_ask: "向企业申请授权", "Ask an enterprise";
    portfolio_since: "等级起始", "Grade since";
    portfolio_product: "产品", "Product";
    portfolio_until: "授权至", "Until";
    portfolio_days_left: "含今日剩余天数：", "Days left with today: ";
    portfolio_unopened: "单次授权，打开企业页时使用", "for one day; used when opened";
    portfolio_more: "授权较多，只列出前 500 项。", "Only the first 500 consents are listed.";
    grade_withheld_short: "未公开", "not public";

    code: "统一社会信用代码", "Unified social credit code";
    former_names: "曾用名", "Former names";
    facts: "登记信息", "Registration";
    in_five_seconds: "信用状况", "Standing";
    grade: "信用等级", "Grade";
    score: "评分", "Score";
    supervision_class: "监管类别", "Supervision class";
    as_of: "截至", "As of";
    valid_until: "有效至", "Valid until";
    model: "评分卡", "Scorecard";
    coverage: "数据覆盖", "Data coverage";
    coverage_note: "有数据的指标占应有分值的比例", "share of the points backed by data";
    unrated: "暂不评级", "Not rated";
    sub_scores: "四类来源得分", "Points by source";
    reasons: "主要原因", "Main reasons";
    reasons_none: "没有失分项。", "No points are lost.";
    veto: "一票否决", "Veto";
    cap: "封顶", "Cap";
    lost: "失分", "lost";
    points_unit: "分", "points";
    ruler_caption: "评分在等级标尺上的位置", "The score on its band";
    withheld: "未向您显示的内容", "Not shown to you";

    points: "得分明细", "Points, one by one";
    points_note:
        "每一行可以展开：规则、达到的档位和所依据的记录。",
        "Each row opens to its rule, the bin reached and the records behind it.";
    sort_by: "排序：", "Sorted by: ";
    sort_catalogue: "按目录", "catalogue";
    sort_loss: "按失分", "loss";
    col_indicator: "指标", "Indicator";
    col_value: "数值", "Value";
    col_bin: "所在档位", "Bin reached";
    col_points: "得分", "Points";
    col_loss: "失分", "Loss";
    window: "统计期：", "Window: ";
    sample: "样本：", "sample: ";
    basis: "依据：", "Basis: ";
    basis_separator: "；", "; ";
    bin_reached: "达到", "reached";
    evidence: "依据的记录", "Records behind it";
    contest: "对此提出异议", "Contest this";
    not_counted: "不计", "not counted";
    state_observed: "已计分", "counted";
    state_not_applicable: "不适用，分值按比例分给同类指标", "not applicable; its points go to the others of its source";
    state_insufficient: "样本不足，按中性分计", "too little data; the neutral share counts";
    state_disabled: "本版评分卡未启用", "not in use in this scorecard version";
    state_unweighted: "这类企业不设分值", "carries no points for this kind of enterprise";
    state_voided: "被另一项指标取消计分", "its points are voided by another indicator";

    history: "等级变化", "History";
    history_note:
        "横轴为日期，纵轴为评分；数字标出下列事件。",
        "Date from left to right, score upwards; numbers mark the events below.";
    history_empty: "只有一次评级，还没有变化可画。", "There is one rating only; a line appears with the next.";
    ev_penalty: "处罚", "Penalty";
    ev_repair: "修复", "Repair";
    ev_listing: "列入名单", "Listed";
    ev_delisting: "移出名单", "Removed from a list";
    ev_appeal: "申诉", "Appeal";
    ev_rule: "规则变更", "Rule change";
    ev_grade: "等级变更", "Grade change";

    seal: "账本状态", "On the ledger";
    seal_pending: "等待写入账本", "Waiting to be written to the ledger";
    seal_sequenced: "已写入账本并签署检查点", "On the ledger, under a signed checkpoint";
    seal_final: "已核：写入账本并由见证方联署", "Final: on the ledger and cosigned by the witnesses";
    seal_absent: "还没有评级可以写入账本。", "There is no rating to write to the ledger yet.";
    seal_path: "查看证明路径", "Show the path of proof";
    path_leaf: "叶子", "Leaf";
    path_block: "区块", "Block";
    path_checkpoint: "检查点", "Checkpoint";
    path_cosigners: "联署方", "Cosigners";
    path_no_cosigners: "尚无", "none yet";
    receipt: "下载回执", "Download the receipt";
    check_yourself: "自己验证", "Check it yourself";

    zone_title: "全区总览", "The zone";
    zone_grades: "等级分布", "Grades";
    zone_kinds: "企业类型", "Kinds of enterprise";
    zone_coverage: "数据覆盖", "Data coverage";
    zone_files: "最近收到的文件", "Files received last";
    zone_files_empty:
        "还没有收到文件。导入来源文件后，这里列出每个文件的行数和结果。",
        "No files yet. Each imported file is listed here with its rows and outcome.";
    file_name: "文件", "File";
    file_source: "来源", "Source";
    file_received: "收到时间", "Received";
    file_rows: "行数", "Rows";
    file_rejected: "退回", "Rejected";
    zone_empty:
        "还没有评级。导入数据并评价后，这里显示分布。",
        "No ratings yet. The distribution appears after an import and an evaluation.";
    of_all: "占全部", "of all";

    ledger_title: "账本", "The ledger";
    ledger_lead:
        "一棵只增不改的哈希树（RFC 6962）。账本里只有承诺和签名，没有经营数据或个人数据。",
        "An append-only hash tree (RFC 6962). It holds commitments and signatures, no business or personal data.";
    ledger_size: "记录数", "Entries";
    ledger_blocks: "最近的区块", "Latest blocks";
    ledger_checkpoint: "检查点", "Checkpoint";
    ledger_checkpoint_note:
        "运营方对账本当前大小和根哈希的签名；见证方在下面联署。",
        "The operator's signature over size and root hash; witnesses cosign below.";
    ledger_final: "终态记录数", "Final entries";
    witnesses: "见证方", "Witnesses";
    witnesses_note:
        "每个见证方独立核对账本只增不改，再联署检查点；达到策略要求的各方即为终态。",
        "Each witness checks for itself that the ledger only grows, then cosigns its checkpoint. What the witnesses \
         that the policy asks for have cosigned is final.";
    witness_name: "名称", "Name";
    witness_size: "已联署记录数", "Entries cosigned";
    witness_lag: "未联署记录数", "Entries behind";
    witness_seen: "最近联署", "Last cosigned";
    witness_never: "从未", "never";
    ledger_root: "根哈希", "Root hash";
    ledger_vkey: "日志公钥", "Log key";
    ledger_vkey_note:
        "抄下它。以后用它验证，就不必相信本网站。",
        "Write it down. With it you can check without trusting this site.";
    ledger_machine: "机器可读（C2SP tlog-tiles）", "For machines (C2SP tlog-tiles)";
    ledger_empty:
        "账本还没有区块。第一次评级后，这里会出现区块。",
        "The ledger has no blocks yet. They appear with the first rating.";
    block_number: "区块", "Block";
    block_time: "封块时间", "Sealed";
    block_leaves: "叶子", "Leaves";
    block_hash: "区块头哈希", "Header hash";
    older: "更早的区块", "Older blocks";
    newest: "回到最新", "Newest";

    verify_title: "验证回执", "Check a receipt";
    verify_lead:
        "把回执文件放到这里。检查全部在您的浏览器里进行，文件不会上传。",
        "Drop a receipt here. All checks run in your browser; the file is not uploaded.";
    verify_choose: "选择回执文件", "Choose a receipt file";
    verify_drop: "或把文件拖到这个框里", "or drop it into this box";
    verify_key: "日志公钥", "Log key";
    verify_key_note:
        "下面是本网站给出的公钥。若您另有来源（抄录、公告、见证方），请贴上那一个再验证。",
        "This is the key this site gives. If you have it from elsewhere (a note, a gazette, a witness), \
         paste that one.";
    verify_policy: "见证方名单（可选）", "Witness policy (optional)";
    verify_policy_note: "没有名单时，第 5 步记为“未证明”。", "Without it, step 5 counts as not proven.";
    verify_noscript:
        "这一页的检查需要 JavaScript。没有时，请在自己的计算机上运行：",
        "The checks on this page need JavaScript. Without it, run on your own computer:";
    verify_steps: "检查什么", "What is checked";
    verify_1: "所示字段就是承诺过的字段。", "The fields shown are those committed to.";
    verify_2: "承诺在这条记录里，这条记录就是账本的叶子。", "The commitment is in the entry, and the entry is the leaf.";
    verify_3: "这片叶子在检查点所说的账本里。", "The leaf is in the log of the checkpoint.";
    verify_4: "检查点由账本的密钥签名。", "The checkpoint is signed by the log's key.";
    verify_5: "检查点由足够的见证方联署。", "The checkpoint is cosigned by enough witnesses.";
    verify_6: "这是该企业的最新记录。", "It is the latest record of the enterprise.";

    error_not_found: "没有这一页", "No such page";
    error_no_enterprise: "库中没有这个代码的企业", "No enterprise of this code on record";
    error_not_found_help: "核对地址，或从检索开始。", "Check the address, or begin with a search.";
    error_code_help:
        "核对 18 位代码的每个字符；代码不含字母 I、O、S、V、Z。",
        "Check each of the 18 characters; the letters I, O, S, V and Z do not occur in a code.";
    error_unavailable: "暂时无法显示这一页", "This page cannot be shown now";
    error_unavailable_help:
        "服务暂时读不到数据，稍后再试。问题已记入日志。",
        "The service cannot read its data at the moment. Try again shortly; the fault is logged.";
    error_bad_request: "请求无法理解", "The request cannot be read";
    error_bad_request_help:
        "检索词最多 100 个字符。缩短后再试。",
        "A search has at most 100 characters. Shorten it and try again.";
    error_foreign_form: "这份表单不是从本网站的页面提交的", "This form was not sent from a page of this site";
    error_foreign_form_help: "打开本网站的登录页再提交。", "Open the sign-in page of this site and send it from there.";
    error_no_extract: "没有这份提取文件", "No such file of an extract";
    error_no_extract_help: "提取文件只提供给申请的部门，并在生成之后提供。", "A file is for the department that had it made, once it is made.";
    error_not_in_force: "共享申请已不再有效", "The standing request is no longer in force";
    error_not_in_force_help: "提取文件只在共享申请有效期间提供；如仍需要，请重新申请共享。", "Files can be had only while the request is in force; ask for sharing again if they are still needed.";
    error_files_gone: "提取文件已过保存期", "The files are no longer kept";
    error_files_gone_help: "请按共享申请的周期重新提取；单次申请须重新申请共享。", "Have another extract made as the cycle of the standing request allows; where it was for one extract, ask for sharing again.";
    error_no_receipt: "还没有可下载的回执", "There is no receipt to download yet";
    error_no_receipt_help: "评级写入账本后才有回执，通常在几秒之内。", "A receipt exists once the rating is on the ledger, usually within seconds.";
    sign_in: "登录", "Sign in";
    sign_out: "退出", "Sign out";
    administrator: "管理员", "administrator";
    sign_in_title: "登录", "Sign in";
    sign_in_login: "登录名", "Login";
    sign_in_password: "口令", "Password";
    sign_in_code: "动态验证码（如已启用）", "Code, if you have a second factor";
    sign_in_new: "新口令", "New password";
    sign_in_new_lead: "口令由管理员设定。再输入一次，并设置自己的新口令（12 至 128 个字符）。", "An administrator gave you this password. Type it again, and a new one of your own (12 to 128 characters).";
    sign_in_lead: "一小时不操作或满 12 小时后自动退出。", "You are signed out after an hour without a request, and after 12 hours.";
    sign_in_refused: "登录名、口令或动态验证码不对。", "The login, the password or the code is wrong.";
    sign_in_by_provider: "用统一身份认证登录", "Sign in at your organisation";
    sign_in_or: "或者用本平台的登录名：", "Or with a login of this platform:";
    signed_in_title: "已登录", "You are signed in";
    signed_in_continue: "继续", "Continue";
    signed_out_title: "已在本平台退出", "You are signed out here";
    signed_out_lead: "接着前往统一身份认证，它可能会问是否也在那里退出。", "Next comes your organisation, which may ask whether to sign out there too.";
    sign_in_by_token: "用管理员令牌登录", "Sign in with the administrator's token";
    sign_in_token: "令牌", "Token";
    sign_in_token_lead: "令牌在第一次启动时显示一次，并保存在数据文件夹的 admin-token 文件中。", "The token is shown once at the first start and kept in the file admin-token of the data folder.";
    sign_in_token_refused: "令牌不对。从 admin-token 文件中整行复制后再试。", "The token is wrong. Copy the whole line of the file admin-token and try again.";
    account_title: "账户", "Account";
    account_role: "角色", "Role";
    account_organisation: "单位", "Organisation";
    account_password: "修改口令", "Change the password";
    account_old: "现口令", "Present password";
    account_new: "新口令（12 至 128 个字符）", "New password (12 to 128 characters)";
    account_change: "修改", "Change";
    account_changed: "口令已修改，其他会话已退出。", "The password is changed; all other sessions have ended.";
    account_factor: "动态验证码", "Second factor";
    account_factor_off: "未启用。启用后，登录还需验证器应用中每 30 秒变化的六位码。", "Not in use. With it, signing in also takes a code of six digits that an app shows for 30 seconds.";
    account_factor_on: "已启用。", "In use.";
    account_factor_begin: "启用", "Set up";
    account_factor_secret: "把此密钥输入验证器应用（只显示一次），再输入应用显示的六位码。", "Type this secret into an authenticator app (it is shown once), then type the six digits that the app shows.";
    account_factor_code: "六位码", "Six digits";
    account_factor_confirm: "确认", "Confirm";
    account_factor_remove: "停用", "Remove";
    account_factor_added: "动态验证码已启用。", "The second factor is in use.";
    account_factor_removed: "动态验证码已停用。", "The second factor is removed.";
    account_letters: "授权书", "Letters of authorisation";
    account_letter_from: "自", "From";
    account_letter_to: "至", "To";
    account_state: "状态", "State";
    account_sessions: "会话", "Sessions";
    account_opened: "登录时间", "Signed in at";
    account_seen: "最近操作", "Last request";
    account_address: "地址", "Address";
    account_current: "本会话", "this one";
    account_end: "退出", "End";
    account_end_all: "退出所有会话", "Sign out everywhere";
    account_ended: "会话已退出。", "The session has ended.";
    account_token: "您以管理员令牌登录，没有个人账户。", "You signed in with the administrator's token and have no account.";
    keys_title: "API 密钥", "API keys";
    keys_lead: "程序用密钥调用接口：Authorization: Bearer 加密钥。密钥只在创建时显示一次。", "Programs call the API with a key: Authorization: Bearer and the key. A key is shown once, when it is made.";
    keys_secret: "新密钥，只显示这一次：", "The new key, shown this once:";
    keys_none: "还没有密钥。", "There are no keys.";
    keys_name: "用途", "What for";
    keys_prefix: "开头", "Begins with";
    keys_owner: "属于", "Of";
    keys_scopes: "范围", "Scopes";
    keys_expires: "有效至", "Holds until";
    keys_used: "最近使用", "Last used";
    keys_never: "未用", "never";
    keys_new: "新建密钥", "A new key";
    keys_days: "有效天数（1 至 366）", "Days (1 to 366)";
    keys_of: "属于", "Of";
    keys_of_me: "本人", "me";
    keys_organisation: "单位代码", "Organisation's code";
    keys_create: "新建", "Make";
    keys_rotate: "轮换", "Rotate";
    keys_rotate_note: "轮换后旧密钥还可用 24 小时。", "After a rotation the old key holds for another 24 hours.";
    keys_revoke: "撤销", "Revoke";
    keys_made: "密钥已创建。", "The key is made.";
    keys_revoked: "密钥已撤销，即时失效。", "The key is revoked; nobody is let in with it.";
    own_pages: "我的页面", "My pages";
    looks_title: "查询记录", "Access log";
    looks_lead_own: "谁在何时、为何目的查看过本企业不公开的信息，包括被拒绝的查询。本企业自己的查看不列出。", "Who looked at what is not public of your enterprise, when and what for, refusals included. Your own looks are left out.";
    looks_lead_organisation: "本单位查看过的不公开信息，包括被拒绝的查询。企业也看得到这些记录。", "What your organisation looked at that is not public, refusals included. The enterprises see these records too.";
    looks_lead_all: "所有对不公开信息的查看，包括被拒绝的查询。", "Every look at what is not public, refusals included.";
    looks_lead_nobody: "您不属于任何单位，也没有代理企业，因此没有可以看的查询记录。全部记录由审计人员查看。", "You belong to no organisation and speak for no enterprise, so there is no log that is yours. Auditors read all of it.";
    looks_none: "没有查询记录。", "There are no looks.";
    looks_at: "时间", "Time";
    looks_who: "谁", "Who";
    looks_enterprise: "企业", "Enterprise";
    looks_purpose: "目的", "Purpose";
    looks_shown: "看到", "Shown";
    looks_refused: "未予提供", "Refused";
    looks_by_consent: "依据授权", "by consent";
    looks_older: "更早", "Earlier";
    looks_show: "查看", "Show";
    looks_person: "人员或密钥", "Person or key";
    looks_organisation: "单位代码", "Organisation's code";
    looks_from: "自", "From";
    looks_until: "至", "Until";
    alerts_title: "远超平常的查询", "Reading far beyond the habit";
    alerts_lead: "某人一天内查询的企业数超过本类人员平常的三倍。请查明原因并记下。", "Somebody asked in one day about more than three times as many enterprises as is usual in the role. Find out why, and write it down.";
    alerts_day: "日期", "Day";
    alerts_enterprises: "企业数", "Enterprises";
    alerts_habit: "平常", "Habit";
    alerts_note: "查明的原因", "What it was";
    alerts_keep: "记下", "Write down";
    alerts_kept: "已记下。", "It is written down.";
    looks_corrected: "所看内容已更正：", "What was seen was corrected:";
    sharing_title: "部门共享", "Sharing";
    sharing_lead_department: "一次申请，长期取用：列明所需内容、用途、职责依据和周期，由平台运营人员在十个工作日内答复。取用的内容不必再向企业索取。", "Ask once, take it for as long as it holds: name what is needed, what for, by which duty and how often; the zone operator answers within ten working days. What is taken here need not be asked of enterprises again.";
    sharing_lead_operator: "各部门的共享申请：全部同意、部分同意或不予共享；披露规则不允许批量提供的内容不能同意。", "Requests of departments: grant all or a part, or refuse. What the rules of disclosure do not open in bulk cannot be granted.";
    sharing_lead_all: "各部门的共享申请及答复。", "Requests of departments, and how they were answered.";
    sharing_lead_enterprise: "一次备案、全流程使用：以下部门从这里取用本企业的信息，不应再向您索取同样的材料。", "File once: these departments take your enterprise's information from here and should not ask you for it again.";
    sharing_lead_nobody: "共享是政府部门与平台之间的事，这里没有与您有关的申请。", "Sharing is between departments and the zone; nothing here concerns you.";
    sharing_waiting: "待答复", "Waiting for an answer";
    sharing_department: "部门", "Department";
    sharing_blocks: "内容", "Information";
    sharing_asked_for: "申请：", "asked for:";
    sharing_basis: "职责依据", "Duty";
    sharing_basis_hint: "职责依据（法律法规及条款、所办事项）", "Duty: the law and its article, and the task that needs it";
    sharing_cycle: "周期", "How often";
    sharing_asked_at: "申请时间", "Asked";
    sharing_answered_at: "答复时间", "Answered";
    sharing_ended_at: "终止时间", "Ended";
    sharing_due: "答复期限", "Answer due";
    sharing_overdue: "已逾期", "overdue";
    sharing_reason: "理由", "Reason";
    sharing_reason_hint: "理由（部分同意或不予共享时必填）", "Reason (needed for a part or a refusal)";
    sharing_grant_which: "同意共享的内容", "What is granted";
    sharing_grant: "同意共享", "Grant";
    sharing_refuse: "不予共享", "Refuse";
    sharing_withdraw: "撤回申请", "Withdraw";
    sharing_end: "终止共享", "End it";
    sharing_end_reason: "终止的理由", "Why it ends";
    sharing_how: "取用：", "To take it:";
    sharing_or: "或", "or";
    sharing_apply: "申请共享", "Ask for sharing";
    sharing_send: "提交申请", "Ask";
    sharing_asked: "已提交，等待平台运营人员答复。", "Asked; the zone operator has the word.";
    sharing_granted: "已同意，凭据写入账本。", "Granted; a commitment goes to the ledger.";
    sharing_refused: "已答复：不予共享。", "Refused.";
    sharing_withdrawn: "已终止，立即生效。", "Ended with effect at once.";
    sharing_correct: "更正申请", "Correct it";
    sharing_correct_send: "提交更正", "Send the correction";
    sharing_correct_in_force: "更正后的申请须另行答复；获准之前，现有申请继续有效。", "A correction is a request of its own, to be answered anew; this one holds until it is granted.";
    sharing_correct_waiting: "更正后的申请取代本申请，重新等待答复。", "The corrected request takes the place of this one and waits for the answer.";
    sharing_correction_waits: "更正申请正在等待答复。", "A correction waits for its answer.";
    sharing_corrects: "本申请更正先前的申请，获准后取代之。", "It corrects an earlier request and takes its place when it is granted.";
    extracts_title: "提取文件", "Extracts";
    extracts_lead: "将获准内容按全部企业写入文件；清单由账本的密钥签名，可用以下命令核对：", "What was granted, of all enterprises, as files; the log's key signs the manifest. To check them:";
    extracts_ask: "生成提取文件", "Have an extract made";
    extracts_asked: "已受理，正在生成；请稍后刷新查看。", "On its way; look again in a while.";
    extracts_again: "刷新", "Look again";
    extracts_next: "下一次提取最早在", "The next extract can be made on";
    extracts_once: "本申请只可提取一次。", "The request is for one extract.";
    extracts_none: "尚未提取。", "None was made.";
    extracts_enterprises: "企业数", "Enterprises";
    extracts_files: "文件", "Files";
    extracts_until: "保存至", "Kept until";
    extracts_made: "已生成", "ready";
    extracts_gone: "已过保存期", "no longer kept";
    extracts_queued: "排队中", "waiting";
    extracts_running: "生成中", "being made";
    extracts_cancelled: "已取消", "stopped";
    extracts_failed: "未能生成", "not made";
    sharing_since: "自", "Since";
    sharing_last: "最近取用", "Last taken";
    sharing_never: "尚未", "not yet";
    sharing_taken_none: "目前没有部门从这里取用本企业的信息。", "No department takes information of this enterprise from here now.";
    disputed: "异议中", "disputed";
    sales_of: "海关报文与三单比对", "Customs messages: order, payment, parcel";
    file_dispute: "登记消费争议", "File a consumer dispute";
    propose_watch: "拟列入重点关注名单", "Propose for the watch list";
    appeal_rating: "对本次评级提出申诉", "Appeal this rating";
    consents_title: "查询授权", "Consents";
    consents_lead_enterprise: "金融机构只有经您同意才能查看本企业不公开的信息。您可以随时撤回，撤回立即生效。", "A financial institution sees what is not public of your enterprise only with your consent. You may revoke it at any time, with effect at once.";
    consents_lead_financier: "向企业申请授权；企业同意后，在期限内为所述目的查看所列信息。", "Ask an enterprise for its consent. Once granted, you see what it lists, for its purpose and in its period.";
    consents_lead_all: "所有授权。", "All consents.";
    consents_lead_nobody: "授权是企业与金融机构之间的事，这里没有与您有关的授权。", "Consents are between enterprises and financial institutions; none of them is yours.";
    consents_waiting: "待答复", "Waiting for an answer";
    consents_in_force: "有效", "In force";
    consents_past: "已结束", "Past";
    consents_none: "没有。", "None.";
    consents_financier: "金融机构", "Institution";
    consents_enterprise: "企业", "Enterprise";
    consents_product: "产品", "Product";
    consents_blocks: "信息", "Information";
    consents_period: "期限", "Period";
    consents_text: "授权书全文", "The whole text";
    consents_grant: "我已阅读全文并同意", "I have read the text and consent";
    consents_decline: "不同意", "Decline";
    consents_revoke: "撤回", "Revoke";
    consents_granted: "已同意，凭据写入账本。", "Granted; a commitment goes to the ledger.";
    consents_declined: "已拒绝。", "Declined.";
    consents_revoked: "已撤回，立即生效；凭据写入账本。", "Revoked with effect at once; a commitment goes to the ledger.";
    consents_ask: "申请授权", "Ask for a consent";
    consents_asked: "已申请，等待企业答复。", "Asked; the enterprise has the word.";
    consents_uscc: "企业的统一社会信用代码", "The enterprise's unified social credit code";
    consents_kind: "方式", "How often";
    consents_single: "单次（首次查询当日有效）", "Once (on the day of the first look)";
    consents_continuous: "期限内多次", "Any number of times in the period";
    consents_send: "申请", "Ask";
    webhooks_title: "变动推送", "Webhooks";
    webhooks_lead: "评级、名单和分类的变动由本系统签名后推送到您的地址；推送当时您能看到什么，就推送什么，每次推送都记入查询记录。", "Changes of ratings, lists and classes are signed and sent to an address of yours. A body holds what you may see at that moment, and each is in the access log.";
    webhooks_none: "没有订阅。", "There are no subscriptions.";
    webhooks_name: "名称", "Name";
    webhooks_url: "接收地址（https://）", "Address (https://)";
    webhooks_address: "接收地址", "Address";
    webhooks_of: "订阅方", "Subscriber";
    webhooks_kinds: "内容", "Changes";
    webhooks_secrets: "签名密钥", "Signing secrets";
    webhooks_secret_new: "换新密钥", "Make another secret";
    webhooks_secret_note: "换新后，原密钥还同时签名 24 小时。", "The secrets before sign beside a new one for another 24 hours.";
    webhooks_secret_until: "有效至", "signs until";
    webhooks_secret_shown: "签名密钥，只显示这一次：", "Signing secret, shown this once:";
    webhooks_secret_made: "新的签名密钥已生效。", "The new secret signs.";
    webhooks_added: "已订阅，从现在起的变动会推送。", "Subscribed; changes from now on are sent.";
    webhooks_enabled: "已重新启用，从停止处继续。", "Enabled again; it goes on where it stopped.";
    webhooks_deleted: "订阅已删除。", "The subscription is deleted.";
    webhooks_again: "将立即重发。", "It is sent again at once.";
    webhooks_enable: "重新启用", "Enable again";
    webhooks_delete: "删除订阅", "Delete";
    webhooks_repeat: "重发", "Send again";
    webhooks_log: "推送记录", "Delivery log";
    webhooks_log_none: "还没有推送。", "Nothing has been sent.";
    webhooks_outcome: "结果", "Outcome";
    webhooks_answer: "答复", "Answer";
    webhooks_attempts: "次数", "Attempts";
    webhooks_add: "新建订阅", "Subscribe";
    lists_title: "负面清单", "Negative list";
    lists_lead:
        "其他机关依法公布的失信名单在本区的镜像。列入和移出都由原机关决定，本系统不增不减；期满或移出的当日即不再显示。",
        "The zone's mirror of the lists of dishonesty that other authorities publish. They alone decide who is entered and who          leaves; an entry is gone on the day on which it ends.";
    lists_on: "日期", "On";
    lists_list: "名单", "List";
    lists_all: "全部失信名单", "All lists of dishonesty";
    lists_code: "统一社会信用代码（可不填）", "Unified social credit code (optional)";
    lists_show: "查看", "Show";
    lists_count: "在列", "in force";
    lists_none: "当日没有在列的企业。", "Nobody was listed on that day.";
    lists_free: "该企业当日不在所查名单上。", "This enterprise was not on these lists on that day.";
    lists_bad_date: "日期应为 2026-03-01 的形式，显示的是今天。", "Expected a date such as 2026-03-01; today is shown.";
    lists_bad_code: "统一社会信用代码不正确：", "The code is not a unified social credit code: ";
    lists_enterprise: "企业", "Enterprise";
    lists_decision: "决定文号与机关", "Decision and authority";
    lists_since: "列入日期", "Entered";
    lists_until: "届满日期", "Last day";
    lists_reason: "事由与依据", "Reason and basis";
    lists_open: "未定", "open";
    lists_received: "名单数据最近收到于", "The lists were received last at";
    lists_never: "尚未收到过名单数据。", "No file of the lists has been received yet.";
    lists_stale:
        "已超过 48 小时未收到名单数据：记录照常显示，但不据此采取新的措施。",
        "No file of the lists came for more than 48 hours: the record is shown, and nothing new is done on its ground.";
    lists_proof: "账本证明", "Proof by the ledger";
    lists_proof_lead:
        "每份证明都由账本签名：说明该企业在、曾在或从未在各公开名单上，可在“验证”页或用 node verify 自行核验。",
        "Each proof is signed by the ledger: that the enterprise is, was or never was on the published lists. Check it on          the page Verify, or with node verify.";
    lists_frame:
        "依据：各名单的设列依据见各条。修复与异议请向作出决定的机关或“信用中国”提出，官方修复不收取任何费用。",
        "Repair and objection: with the authority that decided, or through Credit China. Official repair is free of charge.";

    docking_title: "对接与比对", "Docking";
    docking_lead: "各部门数据之间有出入的地方，以及本系统等级与各部门分类的对照。", "Where departments' records differ, and our grades beside their classes.";
    docking_report: "数据比对差异", "Where two sources disagree";
    docking_report_lead: "两个来源对同一企业的同一事实说法不一，不能都对。本系统不作取舍，由报送单位核实更正。", "Two sources say different things of one enterprise, and cannot both be right. This service takes no side; whoever sent a record corrects it.";
    docking_withheld: "不在您的查看范围内、未列出：", "Not yours to see, and left out:";
    docking_none: "没有差异。", "Nothing differs.";
    docking_not_yours: "比对结果由报送数据的部门和审计人员查看。", "The report is for the departments that deliver records, and for auditors.";
    docking_fact: "事实", "Fact";
    docking_one: "一方", "One says";
    docking_other: "另一方", "The other says";
    docking_received: "收到", "received";
    docking_next: "下一页", "Next page";
    docking_mappings: "等级对照", "Grades beside classes";
    docking_mappings_lead: "仅为参考建议。各部门的分类由各部门依其规定决定；须由部门认定的类别不作建议。", "Recommendations only. Each department decides its classes under its own rules; a class that takes its finding is never recommended.";
    docking_grade: "本系统等级", "Our grade";
    docking_id: "编号", "Id";
    colon: "：", ": ";
    error_not_signed_in: "需要登录", "Sign in first";
    error_not_signed_in_help: "登录后再打开这一页。", "This page is for readers who have signed in.";
    to_search: "去检索", "Go to search";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_han(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_text_is_there_in_both_languages() {
        use crate::portal::{
            case_texts, desk_texts, sales_texts, screening_texts, statistics_texts, traces_texts,
        };
        let others = case_texts::ALL
            .iter()
            .chain(desk_texts::ALL)
            .chain(sales_texts::ALL)
            .chain(screening_texts::ALL)
            .chain(statistics_texts::ALL)
            .chain(traces_texts::ALL);
        for (key, zh, en) in ALL.iter().chain(others) {
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{key}");
            assert!(!en.chars().any(is_han), "{key}: Chinese in the English text");
            assert!(zh.chars().any(is_han) || zh.chars().all(|c| !c.is_alphanumeric()), "{key}: no Chinese");
        }
    }
}
