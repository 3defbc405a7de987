//! Why a message, a part or a whole file cannot be read, with a text for each in Chinese and English. No text
//! repeats anything of a message.

use credit_core::records::ErrorCode;

/// What is wrong with a message or a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Io,
    Damaged,
    Encrypted,
    Nested,
    NotXml,
    UnknownEncoding,
    Encoding(&'static str),
    ControlChar,
    Doctype,
    Entity,
    Syntax,
    CutOff,
    Name,
    LooseText,
    Prefix,
    Root,
    Foreign,
    Depth(usize),
    Elements(usize),
    Attributes(usize),
    AttributeBytes(usize),
    Namespaces(usize),
    TextBytes(usize),
    MessageBytes(usize),
    PartBytes(usize),
    Growth(u64),
    ArchiveBytes(u64),
    EnvelopeData,
    EnvelopeBase64,
    EnvelopeTwice,
}

impl Problem {
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Problem::Io | Problem::UnknownEncoding | Problem::Encoding(_) => ErrorCode::Encoding,
            Problem::Damaged | Problem::Encrypted | Problem::Nested | Problem::NotXml => ErrorCode::Type,
            Problem::ControlChar => ErrorCode::ControlChar,
            Problem::Doctype | Problem::Entity => ErrorCode::Entity,
            Problem::Prefix | Problem::Root | Problem::Foreign => ErrorCode::Namespace,
            Problem::Syntax
            | Problem::CutOff
            | Problem::Name
            | Problem::LooseText
            | Problem::EnvelopeData
            | Problem::EnvelopeBase64
            | Problem::EnvelopeTwice => ErrorCode::Xml,
            Problem::Depth(_)
            | Problem::Elements(_)
            | Problem::Attributes(_)
            | Problem::AttributeBytes(_)
            | Problem::Namespaces(_)
            | Problem::TextBytes(_)
            | Problem::MessageBytes(_)
            | Problem::PartBytes(_)
            | Problem::Growth(_)
            | Problem::ArchiveBytes(_) => ErrorCode::TooLong,
        }
    }

    fn zh(self) -> String {
        match self {
            Problem::Io => "读取失败。请重新上传。".to_owned(),
            Problem::Damaged => "压缩包内的文件已损坏。请重新打包后提交。".to_owned(),
            Problem::Encrypted => {
                "压缩包内的文件设有密码，或压缩方式不受支持。请以不加密的普通 ZIP 重新打包。".to_owned()
            }
            Problem::Nested => "压缩包内又有压缩包。请解开，把报文直接放入一个 ZIP。".to_owned(),
            Problem::NotXml => "不是 XML 报文。请只提交海关报文。".to_owned(),
            Problem::UnknownEncoding => {
                "声明的编码不受支持。请使用 UTF-8、GB2312、GBK 或 GB18030。".to_owned()
            }
            Problem::Encoding(name) => {
                format!("有字节不符合 {name} 编码。请按 XML 声明的编码保存后重新提交。")
            }
            Problem::ControlChar => "含有不可见的控制字符。请删去后重新提交。".to_owned(),
            Problem::Doctype => "含有 DOCTYPE 声明。请去掉后重新提交。".to_owned(),
            Problem::Entity => "含有自定义实体或无效的字符引用。请改为普通文字后重新提交。".to_owned(),
            Problem::Syntax => "XML 语法有误。请由报关系统重新导出。".to_owned(),
            Problem::CutOff => "报文不完整，缺少结尾。请重新导出后提交。".to_owned(),
            Problem::Name => "元素或属性名称不合规，或属性重复。请由报关系统重新导出。".to_owned(),
            Problem::LooseText => "根元素之内或之外有多余的文字。请删去后重新提交。".to_owned(),
            Problem::Prefix => "命名空间前缀未声明或声明有误。请补上声明后重新提交。".to_owned(),
            Problem::Root => {
                "根元素不在海关报文命名空间 http://www.chinaport.gov.cn/ceb。请提交海关报文。".to_owned()
            }
            Problem::Foreign => {
                "业务元素不在海关报文命名空间 http://www.chinaport.gov.cn/ceb。请改正后重新提交。".to_owned()
            }
            Problem::Depth(max) => format!("元素嵌套超过 {max} 层。请改正后重新提交。"),
            Problem::Elements(max) => format!("元素超过 {max} 个。请拆分为多份报文。"),
            Problem::Attributes(max) => format!("一个元素的属性超过 {max} 个。请改正后重新提交。"),
            Problem::AttributeBytes(max) => format!("一个属性的值超过 {max} 字节。请缩短后重新提交。"),
            Problem::Namespaces(max) => format!("命名空间声明超过 {max} 个。请改正后重新提交。"),
            Problem::TextBytes(max) => format!("一个元素的文字超过 {max} 字节。请缩短后重新提交。"),
            Problem::MessageBytes(max) => format!("报文超过 {max} 字节。请拆分为多份报文。"),
            Problem::PartBytes(max) => format!("文件超过 {max} 字节。请拆分为多份报文。"),
            Problem::Growth(max) => {
                format!("解压后超过压缩前的 {max} 倍。请以普通压缩率重新打包后提交。")
            }
            Problem::ArchiveBytes(max) => {
                format!("压缩包解压后合计超过 {max} 字节，其余文件未读取。请拆分后重新提交。")
            }
            Problem::EnvelopeData => {
                "DxpMsg 信封应恰有一个 Data 元素，内为 Base64 报文。请重新导出。".to_owned()
            }
            Problem::EnvelopeBase64 => "DxpMsg 信封的 Data 不是有效的 Base64。请重新导出。".to_owned(),
            Problem::EnvelopeTwice => "DxpMsg 信封内又有信封。请只封装一次后重新提交。".to_owned(),
        }
    }

    fn en(self) -> String {
        match self {
            Problem::Io => "It cannot be read. Upload it again.".to_owned(),
            Problem::Damaged => "The file in the archive is damaged. Pack it again and send it.".to_owned(),
            Problem::Encrypted => {
                "The file in the archive has a password or an unknown compression. Pack it as a plain ZIP.".to_owned()
            }
            Problem::Nested => {
                "There is an archive in the archive. Put the messages straight into one ZIP.".to_owned()
            }
            Problem::NotXml => "It is no XML message. Send customs messages only.".to_owned(),
            Problem::UnknownEncoding => {
                "The declared encoding is not supported. Use UTF-8, GB2312, GBK or GB18030.".to_owned()
            }
            Problem::Encoding(name) => {
                format!("Some bytes are not valid {name}. Save it in the encoding that its XML declaration names.")
            }
            Problem::ControlChar => {
                "It holds control characters. Remove them and send it again.".to_owned()
            }
            Problem::Doctype => "It holds a DOCTYPE. Remove it and send it again.".to_owned(),
            Problem::Entity => {
                "It holds an entity of its own or a bad character reference. Write plain text instead.".to_owned()
            }
            Problem::Syntax => "The XML is not well-formed. Export it again.".to_owned(),
            Problem::CutOff => "The message is cut off. Export it again and send all of it.".to_owned(),
            Problem::Name => {
                "A name of an element or attribute is not allowed, or an attribute is there twice. Export it again."
                    .to_owned()
            }
            Problem::LooseText => {
                "There is text around or right inside the root element. Remove it and send it again.".to_owned()
            }
            Problem::Prefix => {
                "A namespace prefix is not declared, or wrongly. Declare it and send it again.".to_owned()
            }
            Problem::Root => {
                "The root is not in the namespace http://www.chinaport.gov.cn/ceb. Send customs messages.".to_owned()
            }
            Problem::Foreign => {
                "A business element is not in the namespace http://www.chinaport.gov.cn/ceb. Correct it.".to_owned()
            }
            Problem::Depth(max) => format!("Elements are nested more than {max} deep. Correct it."),
            Problem::Elements(max) => format!("There are more than {max} elements. Split the message."),
            Problem::Attributes(max) => {
                format!("An element has more than {max} attributes. Remove the surplus ones.")
            }
            Problem::AttributeBytes(max) => {
                format!("An attribute's value has more than {max} bytes. Shorten it.")
            }
            Problem::Namespaces(max) => {
                format!("There are more than {max} namespace declarations. Remove the surplus ones.")
            }
            Problem::TextBytes(max) => format!("An element's text has more than {max} bytes. Shorten it."),
            Problem::MessageBytes(max) => format!("The message has more than {max} bytes. Split it."),
            Problem::PartBytes(max) => format!("The file has more than {max} bytes. Split it."),
            Problem::Growth(max) => {
                format!("It unpacks to more than {max} times its size. Pack it again with common compression.")
            }
            Problem::ArchiveBytes(max) => {
                format!("The archive unpacks to more than {max} bytes; the rest was not read. Split it.")
            }
            Problem::EnvelopeData => {
                "The DxpMsg envelope needs exactly one Data element with a Base64 message. Export it again.".to_owned()
            }
            Problem::EnvelopeBase64 => {
                "Data of the DxpMsg envelope is not valid Base64. Export it again.".to_owned()
            }
            Problem::EnvelopeTwice => {
                "There is an envelope in the DxpMsg envelope. Wrap the message once only.".to_owned()
            }
        }
    }
}

/// A problem and its physical line in the decoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: u64,
    pub problem: Problem,
}

impl Fault {
    /// A problem of the whole.
    pub(super) fn whole(problem: Problem) -> Self {
        Self { line: 1, problem }
    }
}

/// A message, or a part of an archive, that cannot be read. It costs itself alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a customs message cannot be read at line {} ({})", .fault.line, .fault.problem.code())]
pub struct Broken {
    part: Option<String>,
    fault: Fault,
}

impl Broken {
    pub(super) fn new(part: Option<String>, fault: Fault) -> Self {
        Self { part, fault }
    }

    /// The file's name in the archive, cleaned.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// Physical line of the decoded message where reading stopped; 1 when it is about the whole.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.fault.line
    }

    /// The code of ruling E2 that fits best.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.fault.problem.code()
    }

    /// What was expected and what to do, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        self.fault.problem.zh()
    }

    /// What was expected and what to do, in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.fault.problem.en()
    }
}

/// The whole file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the file is empty, or an archive without files")]
    Empty,
    #[error("the file cannot be read")]
    Io,
    #[error("the file is UTF-16")]
    Utf16,
    #[error("the file is neither XML nor a ZIP archive")]
    Kind,
    #[error("the archive is damaged or cut off")]
    Archive,
    #[error("two files of the archive have the same name")]
    SameName,
    #[error("the archive has more than {0} parts")]
    Parts(usize),
}

impl OpenError {
    /// The code of ruling E2 that fits best.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            OpenError::Empty => ErrorCode::EmptyFile,
            OpenError::Io | OpenError::Utf16 => ErrorCode::Encoding,
            OpenError::Kind | OpenError::Archive | OpenError::SameName => ErrorCode::Type,
            OpenError::Parts(_) => ErrorCode::TooLong,
        }
    }

    /// What was expected and what to do, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            OpenError::Empty => "文件为空，或压缩包内没有文件。请确认导出成功后重新提交。".to_owned(),
            OpenError::Io => "文件读取失败。请重新上传。".to_owned(),
            OpenError::Utf16 => "文件为 UTF-16 编码。请另存为 UTF-8 后重新提交。".to_owned(),
            OpenError::Kind => "文件既不是 XML 报文，也不是 ZIP。请提交海关报文或其 ZIP。".to_owned(),
            OpenError::Archive => "压缩包已损坏或不完整。请重新打包后提交。".to_owned(),
            OpenError::SameName => "压缩包内有同名文件。请改名后重新打包。".to_owned(),
            OpenError::Parts(max) => format!("压缩包内的文件超过 {max} 个。请拆分后重新提交。"),
        }
    }

    /// What was expected and what to do, in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            OpenError::Empty => {
                "The file is empty, or an archive without files. Check that the export succeeded.".to_owned()
            }
            OpenError::Io => "The file cannot be read. Upload it again.".to_owned(),
            OpenError::Utf16 => "The file is UTF-16. Save it as UTF-8 and send it again.".to_owned(),
            OpenError::Kind => {
                "The file is neither an XML message nor a ZIP. Send customs messages or a ZIP of them."
                    .to_owned()
            }
            OpenError::Archive => "The archive is damaged or cut off. Pack it again and send it.".to_owned(),
            OpenError::SameName => {
                "Two files of the archive have the same name. Rename one and pack it again.".to_owned()
            }
            OpenError::Parts(max) => format!("The archive has more than {max} files. Split it."),
        }
    }
}
