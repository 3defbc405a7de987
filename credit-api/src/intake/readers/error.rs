//! Why a file is refused whole, and how a row is rejected.

use credit_core::records::{ErrorCode, FieldError, HeaderError, Lang};

use super::encoding::Unreadable;
use super::limits::MAX_RAW_BYTES;

/// The whole file cannot be read; nothing of it is taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file is empty")]
    Empty,
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("the file is UTF-16; UTF-8 or GB18030 is needed")]
    Utf16,
    #[error("the file is an old XLS workbook, or one with a password; XLSX without a password is needed")]
    OldWorkbook,
    #[error("the file is XML, which is read as customs messages and not as rows")]
    Xml,
    #[error("the file is a ZIP archive without a workbook")]
    Zip,
    #[error("the file is no customs message and no archive of them")]
    NoMessages,
    /// What the reader of customs messages says of the whole file.
    #[error("the customs messages cannot be read: {en}")]
    Messages { code: ErrorCode, zh: String, en: String },
    #[error("the header line cannot be read ({0})")]
    HeaderLine(ErrorCode),
    #[error("the lines end with a carriage return alone")]
    LineEnds,
    #[error("no header row of a known source: {0}")]
    Header(#[from] HeaderError),
    #[error("more than {0} columns")]
    TooManyColumns(usize),
    #[error("no line within the first {0} is a JSON object of a known source")]
    NoKnownObject(usize),
    #[error("the workbook is damaged or cut off: {0}")]
    Workbook(String),
    /// Of the file, of all it unpacks to, or of one part.
    #[error("the workbook, or a part of it, has more than {0} bytes")]
    WorkbookTooLarge(u64),
    #[error("the workbook has more than {0} parts")]
    WorkbookParts(usize),
    #[error("a part of the workbook unpacks to more than {0} times its size")]
    WorkbookGrowth(u64),
    #[error("the workbook has more than {0} shared strings")]
    WorkbookStrings(u64),
    #[error("the workbook holds a DOCTYPE, in which entities are defined")]
    WorkbookDoctype,
}

impl FileError {
    /// The code of ruling E2 that fits best.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            FileError::Empty => ErrorCode::EmptyFile,
            FileError::Utf16 | FileError::Io(_) => ErrorCode::Encoding,
            FileError::HeaderLine(code) => *code,
            FileError::Header(HeaderError::Missing { .. }) => ErrorCode::Missing,
            FileError::Header(_) | FileError::TooManyColumns(_) => ErrorCode::ColumnCount,
            FileError::NoKnownObject(_) => ErrorCode::Json,
            FileError::Xml | FileError::NoMessages => ErrorCode::Xml,
            FileError::Messages { code, .. } => *code,
            FileError::WorkbookTooLarge(_)
            | FileError::WorkbookParts(_)
            | FileError::WorkbookGrowth(_)
            | FileError::WorkbookStrings(_) => ErrorCode::TooLong,
            FileError::WorkbookDoctype => ErrorCode::Entity,
            FileError::LineEnds => ErrorCode::ControlChar,
            FileError::OldWorkbook | FileError::Zip | FileError::Workbook(_) => ErrorCode::Type,
        }
    }

    /// The column meant, if it is one.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            FileError::Header(HeaderError::Missing { columns, .. }) => {
                columns.first().copied().unwrap_or_default()
            }
            FileError::Header(HeaderError::Duplicate(column)) => column,
            _ => "",
        }
    }

    /// What is wrong and what to do, for the sender.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        match self {
            FileError::Empty => "文件为空。请确认导出成功后重新提交。".to_owned(),
            FileError::Io(_) => "文件读取失败。请重新上传。".to_owned(),
            FileError::Utf16 => "文件为 UTF-16 编码。请另存为 UTF-8 后重新提交。".to_owned(),
            FileError::OldWorkbook => {
                "文件为旧版 XLS，或设有密码。请取消密码，另存为 XLSX 或 CSV 后重新提交。".to_owned()
            }
            FileError::Xml => "文件为 XML，不是数据表。海关报文请按 ceb 来源提交。".to_owned(),
            FileError::Zip => "压缩包内没有工作簿。请提交 XLSX、CSV 或 NDJSON 文件。".to_owned(),
            FileError::NoMessages => {
                "文件不是海关报文（XML），也不是报文的压缩包（ZIP）。请提交 CEB 报文，或按所属数据来源提交。"
                    .to_owned()
            }
            FileError::Messages { zh, .. } => zh.clone(),
            FileError::HeaderLine(code) => {
                format!("表头无法读取（{code}）。{}", code.advice(Lang::Zh))
            }
            FileError::LineEnds => {
                "文件以单个回车符（CR）换行。请另存为以 LF 或 CRLF 换行的 CSV 后重新提交。".to_owned()
            }
            FileError::Header(HeaderError::Unrecognised) => {
                "表头与任何数据来源都不符。请对照 FORMATS.md 检查列名。".to_owned()
            }
            FileError::Header(HeaderError::Duplicate(column)) => {
                format!("列名 {column} 重复。请删去重复的列后重新提交。")
            }
            FileError::Header(HeaderError::Missing { name, columns }) => {
                format!("按 {name} 识别，但缺少必需列：{}。请补上后重新提交。", columns.join("、"))
            }
            FileError::TooManyColumns(max) => format!("列数超过 {max}。请删去多余的列。"),
            FileError::NoKnownObject(lines) => {
                format!("前 {lines} 行中没有可识别的 JSON 对象。请对照 FORMATS.md 检查键名。")
            }
            FileError::Workbook(_) => "工作簿已损坏或不完整。请重新导出并上传。".to_owned(),
            FileError::WorkbookTooLarge(max) => {
                format!("工作簿或其中一个部件超过 {max} 字节。请拆分文件或改用 CSV。")
            }
            FileError::WorkbookParts(max) => {
                format!("工作簿内的部件超过 {max} 个。请只保留数据表，或改用 CSV。")
            }
            FileError::WorkbookGrowth(max) => {
                format!("工作簿内有部件解压后超过压缩前的 {max} 倍。请改用 CSV。")
            }
            FileError::WorkbookStrings(max) => {
                format!("工作簿的共享文本超过 {max} 条。请拆分文件或改用 CSV。")
            }
            FileError::WorkbookDoctype => {
                format!("工作簿内含 DOCTYPE 声明。{}", ErrorCode::Entity.advice(Lang::Zh))
            }
        }
    }

    fn en(&self) -> String {
        let advice = match self {
            FileError::Empty => "Check that the export succeeded and send the file again.",
            FileError::Io(_) | FileError::Workbook(_) => "Export and upload it again.",
            FileError::Utf16 => "Save it as UTF-8 and send it again.",
            FileError::OldWorkbook => "Remove the password, save it as XLSX or CSV and send it again.",
            FileError::Xml => "Send customs messages as source ceb.",
            FileError::Zip => "Send an XLSX, CSV or NDJSON file.",
            FileError::NoMessages => "Send CEB messages, or this file as its own source.",
            FileError::Messages { en, .. } => return en.clone(),
            FileError::HeaderLine(code) => code.advice(Lang::En),
            FileError::Header(HeaderError::Unrecognised) | FileError::NoKnownObject(_) => {
                "Compare the names with FORMATS.md."
            }
            FileError::Header(HeaderError::Duplicate(_)) | FileError::TooManyColumns(_) => {
                "Remove the surplus column and send it again."
            }
            FileError::Header(HeaderError::Missing { .. }) => "Add the columns and send it again.",
            FileError::LineEnds => "Save it as CSV with LF or CRLF at the line ends and send it again.",
            FileError::WorkbookTooLarge(_) | FileError::WorkbookStrings(_) => "Split the file or send CSV.",
            FileError::WorkbookParts(_) => "Keep the sheet of data alone, or send CSV.",
            FileError::WorkbookGrowth(_) => "Send CSV.",
            FileError::WorkbookDoctype => ErrorCode::Entity.advice(Lang::En),
        };
        let what = match self {
            // The system's own words may hold paths; they are for the log, not for the sender.
            FileError::Io(_) => "the file cannot be read".to_owned(),
            FileError::Workbook(_) => "the workbook is damaged or cut off".to_owned(),
            other => other.to_string(),
        };
        let mut chars = what.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
        format!("{first}{}. {advice}", chars.as_str())
    }
}

/// A row that could not be cut into cells. It costs that row alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Physical line where the row starts; the header is line 1.
    pub line: u64,
    /// The row as it stood in the file, cut to [`MAX_RAW_BYTES`]; undecodable bytes as U+FFFD.
    pub raw: String,
    pub errors: Vec<FieldError>,
}

impl Rejected {
    pub(super) fn new(line: u64, raw: &[u8], error: FieldError) -> Box<Self> {
        let kept = raw.get(..MAX_RAW_BYTES).unwrap_or(raw);
        Box::new(Self { line, raw: String::from_utf8_lossy(kept).into_owned(), errors: vec![error] })
    }

    pub(super) fn of(line: u64, (raw, error): Unreadable) -> Box<Self> {
        Self::new(line, &raw, error)
    }
}

/// What stands where a row should.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    #[error("line {} is rejected", .0.line)]
    Rejected(Box<Rejected>),
    /// Reading broke off; rows before it were delivered, and the stream ends.
    #[error(transparent)]
    File(#[from] FileError),
}
