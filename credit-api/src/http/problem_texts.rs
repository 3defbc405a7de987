//! The kinds of error and their texts: one place, both languages.

use actix_web::http::StatusCode;
use credit_core::uscc::UsccError;

use super::problem::Words;

/// What a kind of error is called and says.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    pub title_zh: &'static str,
    pub title_en: &'static str,
    pub detail_zh: &'static str,
    pub detail_en: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $status:ident $zh:literal $en:literal $detail_zh:literal $detail_en:literal;)+) => {
        /// A kind of error; its name is the end of the `type` URI and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($name,)+ }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)+ }
            }

            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Code::$name => StatusCode::$status,)+ }
            }

            #[must_use]
            pub fn texts(self) -> Texts {
                match self {
                    $(Code::$name => Texts {
                        title_zh: $zh, title_en: $en, detail_zh: $detail_zh, detail_en: $detail_en,
                    },)+
                }
            }
        }
    };
}

codes! {
    BadRequest "bad_request" BAD_REQUEST
        "请求有误" "Bad request"
        "请求无法识别，请对照接口文档检查。" "The request cannot be understood; compare it with the reference.";
    InvalidParameter "invalid_parameter" BAD_REQUEST
        "参数有误" "Invalid parameter"
        "请求参数无法使用，详见 errors。" "A parameter cannot be used; see errors.";
    InvalidUscc "invalid_uscc" BAD_REQUEST
        "统一社会信用代码有误" "Invalid USCC"
        "路径中的统一社会信用代码不正确，详见 errors。" "The unified social credit code in the path is not valid; see errors.";
    InvalidCursor "invalid_cursor" BAD_REQUEST
        "游标有误" "Invalid cursor"
        "游标不是本列表给出的；请不带游标重新开始。" "The cursor was not given by this list; start again without one.";
    InvalidBody "invalid_body" BAD_REQUEST
        "请求内容有误" "Invalid body"
        "请求内容无法使用，详见 errors。" "The body cannot be used; see errors.";
    InvalidIdempotencyKey "invalid_idempotency_key" BAD_REQUEST
        "幂等键有误" "Invalid idempotency key"
        "Idempotency-Key 应为 1 至 128 个可见的 ASCII 字符。" "Idempotency-Key has 1 to 128 visible ASCII characters.";
    WeakPassword "weak_password" BAD_REQUEST
        "口令不合要求" "Weak password"
        "口令应为 12 至 128 个字符，且不含登录名。" "A password has 12 to 128 characters and does not hold the login.";
    UnknownPurpose "unknown_purpose" BAD_REQUEST
        "用途代码有误" "Unknown purpose"
        "X-Purpose 不是已定义的用途代码；可用代码见 purposes。" "X-Purpose is no purpose code; see purposes.";
    InvalidToken "invalid_token" UNAUTHORIZED
        "凭证无效" "Invalid token"
        "Authorization 中的凭证无效；应为 “Bearer ” 加令牌。" "The credentials in Authorization are not valid; expected `Bearer` and a token.";
    UnknownCertificate "unknown_certificate" UNAUTHORIZED
        "客户端证书未登记" "Unknown certificate"
        "连接所用的客户端证书没有登记、已失效或已撤销；指纹见 errors。" "The certificate of this connection is not on record, has ended or was revoked; see errors for its fingerprint.";
    SignInRefused "sign_in_refused" UNAUTHORIZED
        "登录未成功" "Sign-in refused"
        "登录名、口令或动态验证码不对。" "The login, the password or the code is wrong.";
    SignInRequired "sign_in_required" UNAUTHORIZED
        "需要登录" "Sign-in required"
        "此内容不公开；请用 Authorization: Bearer 提供令牌。" "This is not public; present a token in Authorization: Bearer.";
    PurposeRequired "purpose_required" FORBIDDEN
        "需要说明用途" "Purpose required"
        "查询非公开信息必须用 X-Purpose 说明用途；可用代码见 purposes。" "What is not public is read for a stated purpose: send X-Purpose with one of purposes.";
    NewPasswordRequired "new_password_required" FORBIDDEN
        "须设置新口令" "New password required"
        "口令由管理员设定；请以 new_password 一并提交自己的新口令。" "The password was given by an administrator; send one of your own as new_password.";
    CsrfTokenRequired "csrf_token_required" FORBIDDEN
        "缺少防伪令牌" "CSRF token required"
        "以会话 Cookie 作变更时，须在 X-CSRF-Token 中提供 /api/v1/me 给出的 csrf_token。" "A change made with the session's cookie brings the csrf_token of /api/v1/me in X-CSRF-Token.";
    ScopeMissing "scope_missing" FORBIDDEN
        "密钥范围不足" "Scope missing"
        "该密钥不得用于此请求，详见 errors。" "The key is not for this request; see errors.";
    StandingRequestRequired "standing_request_required" FORBIDDEN
        "没有有效的共享申请" "No standing request in force"
        "部门须先有有效的共享申请：POST /api/v1/standing-requests，列明所需内容、用途、职责依据、周期，由平台运营人员在十个工作日内答复。"
        "A department takes this under a standing request: POST /api/v1/standing-requests with blocks, purpose, duty, cycle; the zone operator answers within ten working days.";
    RoleRequired "role_required" FORBIDDEN
        "角色不符" "Not for this role"
        "此操作限于其他角色。" "This is for another role.";
    NotDisclosed "not_disclosed" FORBIDDEN
        "不予披露" "Not disclosed"
        "此内容不向您这类查询者提供。" "This is not disclosed to readers of your kind.";
    PurposeNotSufficient "purpose_not_sufficient" FORBIDDEN
        "用途不符" "Not for this purpose"
        "所写用途不能查看此内容；可用用途见 purposes。" "The purpose named does not open this; see purposes for those that you may name.";
    ConsentRequired "consent_required" FORBIDDEN
        "须经企业授权" "Consent required"
        "须先取得企业授权：POST /api/v1/consents。" "The enterprise has to consent first: POST /api/v1/consents.";
    OneAtATime "one_at_a_time" FORBIDDEN
        "只能逐户查询" "One enterprise at a time"
        "此内容只能逐户查询，不能批量读取。" "This is shown for one enterprise at a time, not in bulk.";
    SignatureRequired "signature_required" FORBIDDEN
        "请求未签名" "Signature required"
        "推送须按 Standard Webhooks 签名：请求头 webhook-id、webhook-timestamp、webhook-signature，详见 errors；未保存任何内容。"
        "A push is signed as Standard Webhooks says: headers webhook-id, webhook-timestamp and webhook-signature; see errors. Nothing was kept.";
    SignatureRefused "signature_refused" FORBIDDEN
        "签名不符" "Signature refused"
        "签名与请求内容不符，或不是由有效的签名密钥作出；请对照签名内容（编号、时间、原始请求体）和所用密钥。未保存任何内容。"
        "The signature is not one of this body by a live secret; compare what was signed (id, time, raw body) and with which secret. Nothing was kept.";
    SignatureExpired "signature_expired" FORBIDDEN
        "签名时间过久" "Signed too long ago"
        "签名时间与此处时钟相差过大；请校准时钟，以当前时间重新签名后推送。未保存任何内容。"
        "The time that was signed is too far from the clock here; set the clock, sign again with the present time and push. Nothing was kept.";
    NoSigningSecret "no_signing_secret" FORBIDDEN
        "没有签名密钥" "No signing secret"
        "该用户没有有效的签名密钥；请运营者签发（credit-api user secret）。"
        "This user has no live signing secret; ask the operator for one (credit-api user secret).";
    OwnOnly "own_only" FORBIDDEN
        "只限本单位" "Own records only"
        "只能查看本单位的记录。" "Only what your own organisation did is shown.";
    NotYours "not_yours" FORBIDDEN
        "无权办理" "Not yours to do"
        "您的身份不能办理此事项。" "Your role cannot do this.";
    NotFound "not_found" NOT_FOUND
        "没有此地址" "No such address"
        "此地址不存在；接口列表见 /api/docs。" "There is nothing at this address; /api/docs lists what there is.";
    EnterpriseNotFound "enterprise_not_found" NOT_FOUND
        "未找到企业" "No such enterprise"
        "登记信息中没有此统一社会信用代码的企业。" "No registered enterprise has this code.";
    NoRating "no_rating" NOT_FOUND
        "没有评级" "No rating"
        "该企业在所询日期尚未登记或尚无评级。" "The enterprise was not registered at that date, or has no rating yet.";
    UnknownSource "unknown_source" NOT_FOUND
        "没有此数据来源" "No such source"
        "路径中的数据来源不存在；可用来源见 errors。" "The path names no source; see errors for those there are.";
    BatchNotFound "batch_not_found" NOT_FOUND
        "未找到批次" "No such batch"
        "没有此编号的接收批次。" "No received file has this id.";
    SaleNotFound "sale_not_found" NOT_FOUND
        "未找到交易" "No such sale"
        "没有此编号的交易。" "No sale has this id.";
    JobNotFound "job_not_found" NOT_FOUND
        "未找到任务" "No such job"
        "没有此编号的任务。" "No job has this id.";
    UserNotFound "user_not_found" NOT_FOUND
        "未找到用户" "No such user"
        "没有此编号或登录名的用户。" "No user has this id or login.";
    KeyNotFound "key_not_found" NOT_FOUND
        "未找到密钥" "No such key"
        "没有此编号的密钥。" "No key has this id.";
    CaseNotFound "case_not_found" NOT_FOUND
        "未找到案件" "No such case"
        "没有此编号的案件，或您不是其当事方。" "No case has this id, or you are no party to it.";
    ScreeningNotFound "screening_not_found" NOT_FOUND
        "未找到比对" "No such screening"
        "没有此编号的比对，或尚无结果，或与您无关。" "No screening has this id, or it has no results yet, or it is not yours.";
    MeasureNotFound "measure_not_found" NOT_FOUND
        "未找到措施" "No such measure"
        "没有此编号的监管措施，或与您无关。" "No measure has this id, or it is not yours to see.";
    InspectionPlanNotFound "inspection_plan_not_found" NOT_FOUND
        "未找到抽查计划" "No such plan of inspection"
        "没有此编号的抽查计划，或计划中没有此任务。" "No plan of inspection has this id, or the plan has no such task.";
    CertificateNotFound "certificate_not_found" NOT_FOUND
        "未找到证书" "No such certificate"
        "没有此编号的证书。" "No certificate has this id.";
    SessionNotFound "session_not_found" NOT_FOUND
        "未找到会话" "No such session"
        "没有此编号的会话。" "No session has this id.";
    LetterNotFound "letter_not_found" NOT_FOUND
        "未找到授权书" "No such letter"
        "没有此编号的授权书。" "No letter of authorisation has this id.";
    ScorecardNotFound "scorecard_not_found" NOT_FOUND
        "未找到评分卡" "No such scorecard"
        "没有此编号的已发布评分卡。" "No published scorecard has this id.";
    SubscriptionNotFound "subscription_not_found" NOT_FOUND
        "未找到订阅" "No such subscription"
        "没有此编号的订阅，或与您无关。" "No subscription has this id, or it is not yours to see.";
    DeliveryNotFound "delivery_not_found" NOT_FOUND
        "未找到投递" "No such delivery"
        "该订阅没有此编号的投递。" "The subscription has no delivery of this number.";
    NoMapping "no_mapping" NOT_FOUND
        "没有对照表" "No mapping"
        "今日没有适用于该部门的等级对照表。" "No mapping of grades holds for this receiver today.";
    ConsentNotFound "consent_not_found" NOT_FOUND
        "未找到授权" "No such consent"
        "没有此编号的授权，或与您无关。" "No consent has this id, or it is not yours to see.";
    StandingRequestNotFound "standing_request_not_found" NOT_FOUND
        "未找到共享申请" "No such standing request"
        "没有此编号的共享申请，或与您无关。" "No standing request has this id, or it is not yours to see.";
    ExtractNotFound "extract_not_found" NOT_FOUND
        "未找到提取文件" "No such extract"
        "没有此编号的提取文件，或与您无关。" "No extract has this id, or it is not yours.";
    FilesGone "files_gone" GONE
        "提取文件已过保存期" "Files no longer kept"
        "提取文件已过保存期，不再提供。请按共享申请的周期重新提取；单次申请须重新申请共享。" "The files of this extract are no longer kept. Ask for another extract as the cycle of the standing request allows; where it was for one extract, ask for sharing again.";
    AlertNotFound "alert_not_found" NOT_FOUND
        "未找到提示" "No such alert"
        "没有此编号的查询异常提示。" "No alert has this id.";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED
        "方法不可用" "Method not allowed"
        "此地址不接受该方法；可用方法见 Allow。" "This address does not take the method; Allow lists those it takes.";
    NotAcceptable "not_acceptable" NOT_ACCEPTABLE
        "没有所要的格式" "Not acceptable"
        "此地址不提供 Accept 所要的格式。" "This address does not offer a format that Accept asks for.";
    IdempotencyConflict "idempotency_conflict" CONFLICT
        "幂等键已被使用" "Idempotency key in use"
        "24 小时内同一幂等键已用于内容不同的请求；请换一个键。" "Within 24 hours the same key came with another request; use a new key.";
    JobFinished "job_finished" CONFLICT
        "任务不能取消" "Job cannot be cancelled"
        "任务已结束，或其数据行已写入，不能再取消。" "The job has ended, or its rows are committed; it can no longer be cancelled.";
    NothingToSign "nothing_to_sign" CONFLICT
        "没有待签署的等级变动" "Nothing to sign"
        "没有两级以上的等级变动等待签署为该等级；待生效等级见评级的 pending_grade。" "No move of two or more grades to this grade waits; see pending_grade of the rating.";
    LoginTaken "login_taken" CONFLICT
        "登录名已被使用" "Login taken"
        "已有用户使用此登录名。" "Another user has this login.";
    WrongState "wrong_state" CONFLICT
        "当前状态不允许" "Not in this state"
        "对象的当前状态不允许此操作。" "What it is asked of is not in a state for it.";
    SamePerson "same_person" CONFLICT
        "同一人不能签署两次" "The same person has signed"
        "等级变动须由两人分别签署。" "A move of two or more grades takes the signatures of two persons.";
    WrongStanding "wrong_standing" CONFLICT
        "当前状态不允许" "Not in this state"
        "该事项目前的状态不允许此操作。" "This cannot be done in the state that it is in.";
    OtherText "other_text" CONFLICT
        "文本不符" "Another text was read"
        "同意的必须是该授权书当前的文本；请重新读取后再决定。" "What is agreed to must be the text of this consent; read it again, then decide.";
    RatingPending "rating_pending" CONFLICT
        "评级尚未上账" "Rating not on the ledger yet"
        "评级已记录，正等待写入账本；请稍后再试。" "The rating is recorded and waits to be written to the ledger; try again shortly.";
    Erased "erased" GONE
        "内容已抹除" "Erased"
        "该评级陈述的盐值已销毁，其内容不可再出示。" "The salt of this statement was destroyed; nothing of it can be shown any more.";
    CaseRefused "case_refused" CONFLICT
        "此步骤不能办理" "This step cannot be taken"
        "案件现在不能办理此步骤。" "The case does not allow this step now.";
    Changed "changed" PRECONDITION_FAILED
        "内容已变更" "Changed since"
        "在您读取之后内容已变更；请重新读取后再决定。" "It has changed since you read it; read it again, then decide.";
    IfMatchRequired "if_match_required" PRECONDITION_REQUIRED
        "需要 If-Match" "If-Match required"
        "变更状态必须用 If-Match 给出所读内容的 ETag。" "A change of state needs If-Match with the ETag of what was read.";
    TooLarge "too_large" PAYLOAD_TOO_LARGE
        "内容过大" "Too large"
        "请求内容超过上限。" "The body is larger than the limit.";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE
        "内容类型不受支持" "Unsupported media type"
        "此地址不接受该 Content-Type。" "This address does not take this Content-Type.";
    TooManyAttempts "too_many_attempts" TOO_MANY_REQUESTS
        "尝试次数过多" "Too many attempts"
        "登录错误次数过多，请稍后再试。" "There were too many wrong attempts; try again later.";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS
        "请求过于频繁" "Too many requests"
        "已超过请求速率上限；请按 Retry-After 等待。" "The rate limit is reached; wait as Retry-After says.";
    Internal "internal" INTERNAL_SERVER_ERROR
        "系统内部错误" "Internal error"
        "系统内部错误，已记入日志；报告时请附 request_id。" "An error on our side; it is in the log. Name the request_id when reporting it.";
    Busy "busy" SERVICE_UNAVAILABLE
        "系统繁忙" "Busy"
        "系统暂时繁忙；请按 Retry-After 稍后再试。" "The service is busy; try again as Retry-After says.";
}

impl Code {
    /// The kind that stands for a status which a layer below answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Code::SignInRequired,
            StatusCode::FORBIDDEN => Code::NotDisclosed,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Code::Busy,
            status if status.is_client_error() => Code::BadRequest,
            _ => Code::Internal,
        }
    }
}

/// What is wrong with a code.
#[must_use]
pub fn uscc(error: &UsccError) -> Words {
    let zh = match error {
        UsccError::Length(found) => format!("统一社会信用代码应为 18 位，此处为 {found} 位"),
        UsccError::Alphabet { position, found } => {
            format!("第 {position} 位为 {found:?}；代码只用 0-9 与大写字母，不含 I、O、S、V、Z")
        }
        UsccError::CheckDigit { expected, found } => format!("校验码为 {found}，计算应为 {expected}"),
    };
    Words::new(zh, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_its_own_code_and_texts_in_both_languages() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            let Texts { title_zh, title_en, detail_zh, detail_en } = code.texts();
            for zh in [title_zh, detail_zh] {
                assert!(zh.chars().any(|c| c > '\u{2e80}'), "{zh}");
            }
            for en in [title_en, detail_en] {
                assert!(!en.is_empty() && en.is_ascii(), "{en}");
            }
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
