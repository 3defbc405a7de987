//! The addresses of each kind of case: the same four, written once.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::cases::Kind;

use super::case_body::{CaseBody, CaseItem};
use super::{case_lists, cases};
use crate::http::answer::PageBody;
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::Shared;

/// Addresses, operation ids and first sentences of one kind; what is said of all kinds is said here.
macro_rules! kind {
    (
        $name:ident = $kind:expr,
        open: $open:tt $open_id:tt $opens:tt, list: $list_id:tt $lists:tt,
        one: $one:tt $one_id:tt $ones:tt, step: $step:tt $step_id:tt $steps:tt
        $(, asked: $asked:tt $asks:tt)?
    ) => {
        pub mod $name {
            use super::*;

            #[doc = $opens]
            ///
            /// # Errors
            /// Problems.
            #[utoipa::path(
                post,
                path = $open,
                operation_id = $open_id,
                tag = "cases",
                params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer")),
                request_body = cases::OpenRequest,
                responses(
                    (status = 201, body = CaseBody, description = "Opened; Location names it"),
                    (status = 400, body = ProblemBody, content_type = "application/problem+json",
                     description = "Invalid body; no such record, rating, indicator, order, entry or file"),
                    (status = 401, body = ProblemBody, content_type = "application/problem+json",
                     description = "Sign-in required"),
                    (status = 403, body = ProblemBody, content_type = "application/problem+json",
                     description = "Opened by others, or for another enterprise"),
                    (status = 409, body = ProblemBody, content_type = "application/problem+json",
                     description = "Refused, with what is missing"),
                ),
                security(("token" = []))
            )]
            pub async fn open(
                state: Shared,
                caller: Caller,
                who: Who,
                request: HttpRequest,
                body: Bytes,
            ) -> Result<HttpResponse, Problem> {
                cases::open(state, caller, who, request, body, $kind).await
            }

            #[doc = $lists]
            ///
            /// # Errors
            /// Problems.
            #[utoipa::path(
                get,
                path = $open,
                operation_id = $list_id,
                tag = "cases",
                params(
                    ("order" = Option<String>, Query, description = "newest (default), or due: the open ones, the most urgent first"),
                    ("uscc" = Option<String>, Query, description = "One enterprise alone"),
                    ("state" = Option<String>, Query, description = "Code of a state"),
                    ("open" = Option<bool>, Query, description = "Whether they have not come to their end"),
                    ("overdue" = Option<bool>, Query, description = "true: only those whose day is over"),
                    $(($asked = Option<String>, Query, description = $asks),)?
                    ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
                    ("cursor" = Option<String>, Query, description = "next_cursor of the page before, in the same order"),
                    ("X-Purpose" = String, Header, description = "Purpose code, such as appeal, self or supervision"),
                ),
                responses(
                    (status = 200, body = PageBody<CaseItem>, description = "A page of cases"),
                    (status = 400, body = ProblemBody, content_type = "application/problem+json",
                     description = "Invalid parameter or cursor, no purpose"),
                    (status = 401, body = ProblemBody, content_type = "application/problem+json",
                     description = "Sign-in required"),
                    (status = 403, body = ProblemBody, content_type = "application/problem+json",
                     description = "Not disclosed to this caller, or of one enterprise at a time"),
                ),
                security(("token" = []))
            )]
            pub async fn list(
                state: Shared,
                caller: Caller,
                who: Who,
                request: HttpRequest,
            ) -> Result<HttpResponse, Problem> {
                case_lists::list(state, caller, who, request, $kind).await
            }

            #[doc = $ones]
            ///
            /// # Errors
            /// Problems.
            #[utoipa::path(
                get,
                path = $one,
                operation_id = $one_id,
                tag = "cases",
                params(
                    ("id" = String, Path, description = "Id of the case"),
                    ("X-Purpose" = String, Header, description = "Purpose code, such as appeal, self or supervision"),
                ),
                responses(
                    (status = 200, body = CaseBody, description = "The case; its ETag is what the next step names"),
                    (status = 400, body = ProblemBody, content_type = "application/problem+json",
                     description = "No purpose"),
                    (status = 401, body = ProblemBody, content_type = "application/problem+json",
                     description = "Sign-in required"),
                    (status = 404, body = ProblemBody, content_type = "application/problem+json",
                     description = "No such case, or not yours"),
                ),
                security(("token" = []))
            )]
            pub async fn get(
                state: Shared,
                caller: Caller,
                who: Who,
                request: HttpRequest,
            ) -> Result<HttpResponse, Problem> {
                cases::get(state, caller, who, request, $kind).await
            }

            #[doc = $steps]
            ///
            /// # Errors
            /// Problems.
            #[utoipa::path(
                post,
                path = $step,
                operation_id = $step_id,
                tag = "cases",
                params(
                    ("id" = String, Path, description = "Id of the case"),
                    ("verb" = String, Path, description = "Code of the verb, such as accept; allowed of the case says which"),
                    ("If-Match" = String, Header, description = "ETag of the case as it was read"),
                    ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer"),
                ),
                request_body = cases::StepRequest,
                responses(
                    (status = 200, body = CaseBody, description = "The case after the step"),
                    (status = 400, body = ProblemBody, content_type = "application/problem+json",
                     description = "Invalid body"),
                    (status = 404, body = ProblemBody, content_type = "application/problem+json",
                     description = "No such case, or not yours; no such verb"),
                    (status = 409, body = ProblemBody, content_type = "application/problem+json",
                     description = "Refused: what is allowed instead, what is missing, or who has to act"),
                    (status = 412, body = ProblemBody, content_type = "application/problem+json",
                     description = "Somebody was faster"),
                    (status = 428, body = ProblemBody, content_type = "application/problem+json",
                     description = "If-Match is missing"),
                ),
                security(("token" = []))
            )]
            pub async fn step(
                state: Shared,
                caller: Caller,
                who: Who,
                request: HttpRequest,
                body: Bytes,
            ) -> Result<HttpResponse, Problem> {
                cases::step(state, caller, who, request, body, $kind).await
            }
        }
    };
}

kind! {
    objections = Kind::Objection,
    open: "/api/v1/objections" "open_objection"
        "Opens an objection to a record of the enterprise. For its authorised agents.",
    list: "list_objections" "Objections, as far as the caller is a party to them.",
    one: "/api/v1/objections/{id}" "read_objection"
        "One objection, with its steps, its terms and what the caller may do.",
    step: "/api/v1/objections/{id}/{verb}" "step_objection" "Takes a step in an objection."
}

kind! {
    appeals = Kind::Appeal,
    open: "/api/v1/appeals" "open_appeal"
        "Appeals a rating, one indicator of it, or a record it rests on. For the enterprise's authorised agents.",
    list: "list_appeals" "Appeals, as far as the caller is a party to them.",
    one: "/api/v1/appeals/{id}" "read_appeal"
        "One appeal, with its steps, its terms and what the caller may do.",
    step: "/api/v1/appeals/{id}/{verb}" "step_appeal" "Takes a step in an appeal."
}

kind! {
    repairs = Kind::Repair,
    open: "/api/v1/repairs" "open_repair"
        "Asks for guidance to the repair of a penalty or list record, or for release from the zone's own watch list. For the enterprise's authorised agents, and guidance for officers.",
    list: "list_repairs" "Repairs, as far as the caller is a party to them.",
    one: "/api/v1/repairs/{id}" "read_repair"
        "One repair, with its steps, its terms and what the caller may do.",
    step: "/api/v1/repairs/{id}/{verb}" "step_repair" "Takes a step in a repair."
}

kind! {
    list_entries = Kind::ListEntry,
    open: "/api/v1/list-entries" "open_list_entry"
        "Proposes an entry of the zone's watch list, W1 to W5, with facts, evidence and basis. For officers; somebody else decides.",
    list: "list_list_entries" "Entries of the watch list from their proposal on; an enterprise's own from their notice on.",
    one: "/api/v1/list-entries/{id}" "read_list_entry"
        "One entry of the watch list, with its steps, its terms and what the caller may do.",
    step: "/api/v1/list-entries/{id}/{verb}" "step_list_entry" "Takes a step towards, or in, an entry of the watch list."
}

kind! {
    alerts = Kind::Alert,
    open: "/api/v1/alerts" "open_alert"
        "Raises a risk alert. For officers, and departments as the source of what they tell.",
    list: "list_alerts" "Risk alerts; an enterprise's own once they are closed.",
    one: "/api/v1/alerts/{id}" "read_alert"
        "One risk alert, with its steps, its terms and what the caller may do.",
    step: "/api/v1/alerts/{id}/{verb}" "step_alert" "Takes a step in a risk alert.",
    asked: "severity" "low, medium or high; not for enterprises"
}

kind! {
    disputes = Kind::Dispute,
    open: "/api/v1/disputes" "open_dispute"
        "Opens a consumer's dispute about a complaint or an order. For officers.",
    list: "list_disputes" "Consumer disputes, as far as the caller is a party to them.",
    one: "/api/v1/disputes/{id}" "read_dispute"
        "One dispute, with its steps, its terms and what the caller may do.",
    step: "/api/v1/disputes/{id}/{verb}" "step_dispute" "Takes a step in a dispute."
}
