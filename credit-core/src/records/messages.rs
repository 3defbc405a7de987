//! The texts of row errors, Chinese and English, in one place: which field, what was found, what was
//! expected, what to do.

use std::borrow::Cow;

use super::error::{ErrorCode, Expected, FieldError, Lang};

impl FieldError {
    /// A full sentence for the person who has to correct the row.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let expected = self.expected.text(lang);
        let advice = self.code.advice(lang);
        match lang {
            Lang::Zh => {
                let field = if self.column.is_empty() {
                    "整行".to_owned()
                } else {
                    format!("字段 {}", self.column)
                };
                let found = if self.found.is_empty() {
                    "为空".to_owned()
                } else {
                    format!("为“{}”", self.found)
                };
                format!("{field}：{found}；应为{expected}。{advice}")
            }
            Lang::En => {
                let field = if self.column.is_empty() {
                    "Whole row".to_owned()
                } else {
                    format!("Field {}", self.column)
                };
                let found = if self.found.is_empty() {
                    "found nothing".to_owned()
                } else {
                    format!("found \"{}\"", self.found)
                };
                format!("{field}: {found}; expected {expected}. {advice}")
            }
        }
    }
}

impl Expected {
    /// The expectation as a noun phrase.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Expected::Uscc => "18 位统一社会信用代码（0-9、A-Z，不含 I O S V Z）".to_owned(),
            Expected::CheckDigit(digit) => format!("校验码为 {digit} 的统一社会信用代码"),
            Expected::Date => "日期，如 2024-03-01、2024/03/01 或 20240301".to_owned(),
            Expected::Moment => "时间，如 2024-03-01 12:30:00 或 2024-03-01T12:30:00+08:00".to_owned(),
            Expected::Bool => "true/false、1/0、是/否 或 Y/N".to_owned(),
            Expected::Words(words) => format!("下列之一：{}", words.join("、")),
            Expected::Whole { min, max } => format!("{min} 至 {max} 的整数"),
            Expected::Decimal { places } => format!("非负半角数字，小数不超过 {places} 位"),
            Expected::Hex16 => "16 位十六进制数".to_owned(),
            Expected::Currency => "三位字母币种代码（CNY）或三位海关币制代码（142）".to_owned(),
            Expected::MaxChars(max) => format!("不超过 {max} 个字符"),
            Expected::Value => "非空值".to_owned(),
            Expected::Columns { header, row } => format!("{header} 列（与表头一致），本行有 {row} 列"),
            Expected::Encoded(name) => format!("有效的 {name} 文字"),
            Expected::NoControlChar => "不含控制字符的文字".to_owned(),
            Expected::MaxLineBytes(max) => format!("每行不超过 {max} 字节"),
            Expected::JsonObject(detail) => format!("一行一个 JSON 对象（{detail}）"),
            Expected::JsonType => "与字段类型相符的 JSON 值".to_owned(),
            Expected::ClosedQuote => "成对的双引号，引号后紧跟逗号或行尾".to_owned(),
            Expected::Stated { zh, .. } => zh.to_string(),
        }
    }

    fn en(&self) -> String {
        match self {
            Expected::Uscc => "18 characters of the credit code (0-9 and A-Z without I O S V Z)".to_owned(),
            Expected::CheckDigit(digit) => format!("a credit code whose check digit is {digit}"),
            Expected::Date => "a date such as 2024-03-01, 2024/03/01 or 20240301".to_owned(),
            Expected::Moment => "a time such as 2024-03-01 12:30:00 or 2024-03-01T12:30:00+08:00".to_owned(),
            Expected::Bool => "true/false, 1/0, 是/否 or Y/N".to_owned(),
            Expected::Words(words) => format!("one of {}", words.join(", ")),
            Expected::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Expected::Decimal { places } => {
                format!("a number in ASCII digits, not negative, with at most {places} decimals")
            }
            Expected::Hex16 => "16 hexadecimal digits".to_owned(),
            Expected::Currency => {
                "a three-letter currency (CNY) or a three-digit customs code (142)".to_owned()
            }
            Expected::MaxChars(max) => format!("at most {max} characters"),
            Expected::Value => "a value".to_owned(),
            Expected::Columns { header, row } => {
                format!("{header} columns as in the header, this row has {row}")
            }
            Expected::Encoded(name) => format!("text that is valid {name}"),
            Expected::NoControlChar => "text without control characters".to_owned(),
            Expected::MaxLineBytes(max) => format!("at most {max} bytes in a line"),
            Expected::JsonObject(detail) => format!("one JSON object per line ({detail})"),
            Expected::JsonType => "a JSON value of the field's type".to_owned(),
            Expected::ClosedQuote => {
                "quotes in pairs, a closing quote followed by a comma or the line's end".to_owned()
            }
            Expected::Stated { en, .. } => en.to_string(),
        }
    }

    /// A closed set from static words.
    #[must_use]
    pub fn words(words: &[&'static str]) -> Self {
        Expected::Words(words.iter().map(|word| Cow::Borrowed(*word)).collect())
    }
}

impl ErrorCode {
    /// What the sender should do.
    #[must_use]
    pub fn advice(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            ErrorCode::UsccCheckDigit => (
                "请对照营业执照核对代码，多为个别字符录错。",
                "Compare the code with the licence; one character is usually mistyped.",
            ),
            ErrorCode::UsccAlphabet => (
                "请补足 18 位，检查是否误用字母 I、O 或全角字符。",
                "Complete the 18 characters; look for the letters I or O and full-width characters.",
            ),
            ErrorCode::Date => {
                ("请改为有效日期或时间后重新提交该行。", "Write a valid date or time and resubmit the row.")
            }
            ErrorCode::Number => (
                "请用半角数字填写，不带千分位与单位，再重新提交该行。",
                "Use plain ASCII digits, no separators or units, and resubmit the row.",
            ),
            ErrorCode::Negative => {
                ("请改为零或正数后重新提交该行。", "Use zero or a positive number and resubmit the row.")
            }
            ErrorCode::Enum => {
                ("请从所列取值中选择后重新提交该行。", "Choose one of these values and resubmit the row.")
            }
            ErrorCode::TooLong => ("请缩短后重新提交该行。", "Shorten it and resubmit the row."),
            ErrorCode::Missing => ("请补填后重新提交该行。", "Fill it in and resubmit the row."),
            ErrorCode::ColumnCount => (
                "请检查是否多写或少写了逗号；含逗号的文字应加双引号。",
                "Look for an extra or missing comma; put text with commas in quotes.",
            ),
            ErrorCode::Encoding => {
                ("请将文件另存为 UTF-8 后重新提交该行。", "Save the file as UTF-8 and resubmit the row.")
            }
            ErrorCode::ControlChar => {
                ("请删去不可见字符后重新提交该行。", "Remove invisible characters and resubmit the row.")
            }
            ErrorCode::LineTooLong => (
                "请检查是否缺少换行，拆分后重新提交。",
                "Look for a missing line break; split the line and resubmit.",
            ),
            ErrorCode::Json => ("请改正该行 JSON 后重新提交。", "Correct the JSON and resubmit the line."),
            ErrorCode::Type => (
                "请改用字符串、数字或布尔值中与字段相符的一种。",
                "Use a string, number or boolean as the field requires.",
            ),
            ErrorCode::Quote => (
                "请补上缺少的双引号；文字中的双引号应写成两个。",
                "Add the missing quote; write a quote inside text twice.",
            ),
            ErrorCode::Namespace => ("请使用海关报文命名空间。", "Use the customs message namespace."),
            ErrorCode::Xml => ("请改正 XML 后重新提交。", "Correct the XML and resubmit."),
            ErrorCode::Entity => (
                "请去掉 DOCTYPE 与自定义实体后重新提交。",
                "Remove the DOCTYPE and custom entities and resubmit.",
            ),
            ErrorCode::EmptyFile => {
                ("请确认导出成功后重新提交文件。", "Check that the export succeeded and send the file again.")
            }
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
