//! Writes `docs/FORMATS.md` from the specifications, so that the page cannot disagree with the parser.

use std::fmt::Write;

use super::error::{ErrorCode, Lang};
use super::spec::{DIALECTS, Dialect, FieldSpec, Kind};
use crate::ceb::{self, MessageKind};

/// The page, in Markdown, Chinese and English side by side.
#[must_use]
pub fn formats_page() -> String {
    let mut page = String::from(INTRODUCTION);
    for dialect in DIALECTS {
        write_dialect(&mut page, dialect);
    }
    write_customs_messages(&mut page);
    write_codes(&mut page);
    page
}

const CUSTOMS_MESSAGES: &str = "
## `ceb` — customs messages · 海关报文

Source id `ceb`. An XML message of China E-port (namespace `http://www.chinaport.gov.cn/ceb`, any prefix), bare or in a
`DxpMsg` envelope, or a ZIP archive with one in each file; UTF-8, GB2312, GBK or GB18030 as the XML declares.
中国电子口岸跨境电商报文（XML，可带 `DxpMsg` 信封）或其 ZIP 压缩包，编码以 XML 声明为准。

- A file that is one message and cannot be read is refused; in an archive it costs itself, as a bad business element
  does.
  单个报文无法读取时整个文件不予接收；压缩包内只影响该报文；业务数据有误时只影响该条。
- A document sent later (`appTime`) takes the place of an earlier one with the same numbers; `appType` 3 takes it back.
  Receipts are told apart by `guid`, `returnStatus` and `returnTime`, and their order of arrival means nothing.
  同一单证以报送时间较晚者为准，`appType` 3 为撤回；回执按 `guid`、`returnStatus`、`returnTime` 区分，与到达先后无关。
- **Fields of the buyer (†) become keyed tokens and free text (‡) is dropped**; neither is in the database, a log, an
  error or a file. Elements that are not in the table are counted by name. 订购人字段（†）只保留密钥令牌，自由文本（‡）不予保存。
- `an3` has exactly 3 characters, `an..60` at most 60, `n19,5` is a number with at most 14 digits and 5 decimals; `?` is
  optional.
";

fn write_customs_messages(page: &mut String) {
    page.push_str(CUSTOMS_MESSAGES);
    page.push_str("\n| message 报文 | element 业务单证 | fields 字段 |\n|---|---|---|\n");
    for kind in MessageKind::ALL {
        let (head, lines) = ceb::fields(kind);
        let of = |fields: &[ceb::Field]| fields.iter().map(customs_field).collect::<Vec<_>>().join(", ");
        let goods = if lines.is_empty() { String::new() } else { format!(" · lines 表体: {}", of(lines)) };
        let _ = writeln!(
            page,
            "| {} {} · {} | `{}` | {}{goods} |",
            kind.code(),
            ceb::title(kind, Lang::En),
            ceb::title(kind, Lang::Zh),
            ceb::item(kind),
            of(head)
        );
    }
}

fn customs_field(field: &ceb::Field) -> String {
    let form = match field.form {
        ceb::Type::Exact(length) => format!("an{length}"),
        ceb::Type::Most(length) => format!("an..{length}"),
        ceb::Type::Decimal => "n19,5".to_owned(),
        ceb::Type::Whole | ceb::Type::Status => "n".to_owned(),
        ceb::Type::Time14 => "yyyyMMddHHmmss".to_owned(),
        ceb::Type::Time17 => "yyyyMMddHHmmssSSS".to_owned(),
        ceb::Type::Date8 => "yyyyMMdd".to_owned(),
        ceb::Type::Text => "text".to_owned(),
    };
    let optional = if field.required { "" } else { "?" };
    let mark = if field.personal {
        "†"
    } else if field.free_text {
        "‡"
    } else {
        ""
    };
    format!("`{}{optional}` {form}{mark}", field.name)
}

const INTRODUCTION: &str = "\
# Source files · 数据文件格式

This page is written from the specifications in `credit-core/src/records`; a test keeps the two equal.
本页由 `credit-core/src/records` 中的规格生成，测试保证两者一致。

## Files · 文件

- CSV, XLSX (first sheet) or NDJSON (one JSON object per line), told apart by content.
  CSV、XLSX（首个工作表）或 NDJSON（每行一个 JSON 对象），按内容识别。
- A source is recognised by its header set, never by the file's name; column names ignore ASCII case.
  数据来源按表头识别，与文件名无关；列名不分大小写。
- UTF-8 (a byte order mark is allowed) or GB18030: a file is UTF-8 if it begins with the mark or if at least half of its
  lines with non-ASCII bytes are valid UTF-8. UTF-8（可带 BOM）或 GB18030：有 BOM，或含非 ASCII 字节的行至少一半为有效 UTF-8 时按 UTF-8 读取。
- A bad row costs that row alone; a missing required column or a column that stands twice refuses the file.
  错误行只影响该行；缺少必需列或列名重复时整个文件不予接收。
- A line holds at most 1 MiB; a record in quotes may span lines and holds at most 1 MiB in all.
  每行不超过 1 MiB；引号内可换行，整条记录合计不超过 1 MiB。
- An empty file is refused (`empty_file`); a file with a header only has 0 rows. 空文件不予接收；只有表头的文件为 0 行。
- Unknown columns are kept as received and counted in the summary. 未知列原样保留，并计入汇总。
- Columns of kind *dropped* hold identity documents of natural persons and are never stored.
  类型为“丢弃”的列为自然人证件信息，不予保存。

## Values · 取值

- Spaces around a value are ignored. 值两端的空格忽略不计。
- *required, value needed*: the column must be there and hold a value in every row. *required*: the column must be
  there,
  its value may be empty. In NDJSON an absent key or `null` is an empty value.
  “必需且非空”：须有该列且每行有值；“必需”：须有该列，值可为空。NDJSON 中缺少键或 `null` 视为空。
- Dates: `2024-03-01`, `2024/03/01` or `20240301`, years 1900 to 9999. 日期写法如左，年份 1900 至 9999。
- Times: RFC 3339, `2024-03-01 12:30[:45[.678]]`, the same with `T`, `20240301123045`, or a date, which means 00:00.
  Local to
  Asia/Shanghai unless an offset is given. 时间写法如左；未写时区时为北京时间；仅有日期时为当日零时。
- Numbers: ASCII digits and one point, no sign, separators or exponent; 元 with at most two decimals, 万元 with at most
  six.
  数字用半角，无符号、千分位与指数；元不超过两位小数，万元不超过六位。
- Booleans: true/false, 1/0, 是/否, Y/N, in any ASCII case. 布尔值如左，不分大小写。
- Lists in one cell are separated by `;`, `；`, `、` or `,`. 一格多值以左列符号分隔。
- A credit code has 18 characters and a check digit; lower case is raised. Shorter than 18 or with other characters:
  `uscc_alphabet`; longer: `too_long`; wrong last character: `uscc_check_digit`.
  统一社会信用代码 18 位，小写自动转大写；不足 18 位或含其他字符为 `uscc_alphabet`，超长为 `too_long`，校验码不符为 `uscc_check_digit`。
- NDJSON values may be strings, numbers or booleans where the kind allows it (`type` otherwise); decimals are read from
  their digits as written. NDJSON 的值可为与类型相符的字符串、数字或布尔值，否则为 `type`；小数按字面读取。
";

fn write_dialect(page: &mut String, dialect: &Dialect) {
    let Dialect { source, name, title_zh, title_en, natural_key, .. } = dialect;
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "\n## `{name}` — {title_en} · {title_zh}\n\nSource id `{source}`. Natural key 自然键: {natural_key}.\n\n\
         | column 列 | required 必需 | kind 类型 | limit 上限 | meaning 含义 |\n|---|---|---|---|---|\n"
    );
    for field in dialect.fields {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} · {} |",
            field.column,
            need(field),
            kind(field.kind),
            limit(field),
            field.doc_en,
            field.doc_zh
        );
    }
}

fn need(field: &FieldSpec) -> &'static str {
    match (field.required, field.needs_value) {
        (true, true) => "required, value needed 必需且非空",
        (true, false) => "required 必需",
        _ => "optional 可选",
    }
}

fn limit(field: &FieldSpec) -> String {
    match field.kind {
        Kind::Text | Kind::TextList | Kind::WordList(_) | Kind::Kept | Kind::Dropped => {
            field.max_chars.to_string()
        }
        _ => String::new(),
    }
}

fn kind(kind: Kind) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Uscc => "credit code 信用代码".to_owned(),
        Kind::Text => "text 文字".to_owned(),
        Kind::Words(set) => format!("one of 取值 {}", words(set)),
        Kind::TextList => "texts 多值文字".to_owned(),
        Kind::WordList(set) => format!("some of 多值 {}", words(set)),
        Kind::Date => "date 日期".to_owned(),
        Kind::Moment => "time 时间".to_owned(),
        Kind::Bool => "boolean 布尔".to_owned(),
        Kind::BoolOrCount => "whole number or boolean 整数或布尔".to_owned(),
        Kind::Whole { min, max } => format!("whole number 整数 {min} … {max}"),
        Kind::Cny => "元, 2 decimals 两位小数".to_owned(),
        Kind::Wan => "万元, 6 decimals 六位小数".to_owned(),
        Kind::Decimal { places } => format!("number, {places} decimals 数字，{places} 位小数"),
        Kind::Hex16 => "16 hexadecimal digits 16 位十六进制".to_owned(),
        Kind::Currency => "ISO 4217 or customs number 币种".to_owned(),
        Kind::Kept => "kept as received 原样保留".to_owned(),
        Kind::Dropped => "dropped 丢弃".to_owned(),
    }
}

fn write_codes(page: &mut String) {
    page.push_str("\n## Error codes · 错误代码\n\n| code | what to do | 处理办法 |\n|---|---|---|\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(page, "| `{code}` | {} | {} |", code.advice(Lang::En), code.advice(Lang::Zh));
    }
}
