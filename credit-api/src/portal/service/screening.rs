//! Screening as a page: names typed, pasted or sent as a file; what they are matched to and why; pairs that an officer
//! reviews; and the jobs of many, with their results. Everything is asked of the functions that the interface asks.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::records::Lang as RecordLang;
use credit_core::screening::{Use, Uses, pasted};
use credit_core::uscc::Uscc;

use super::forms::{self, Asked, Done, Explained, Fields, Made};
use super::http::{self, Data};
use super::parts::Upload;
use super::{PortalError, ServiceData, Sight, cases, words};
use crate::access::{Audience, Block, Looks, Outcome, Subject};
use crate::cases::parties::Party;
use crate::http::routes::screening_reviews::{self, ReviewRequest};
use crate::http::routes::screenings::{NameIn, USE_DEFAULT, read, write_names};
use crate::identity::SignedIn;
use crate::jobs::store::State;
use crate::portal::Reader;
use crate::portal::http::{error_response, reader_of};
use crate::portal::lang::Lang;
use crate::portal::render::{self, ErrorView, Page};
use crate::portal::screening_texts::ScreeningTexts;
use crate::portal::view::{
    AgainstChoice, LineView, MatchView, PartLine, ScreenedView, ScreeningJob, ScreeningView, UseChoice,
};
use crate::screening::acts::{self, Asker, FILES, Place};
use crate::screening::matching::{ListBody, Match, Screened, Screening, ScreeningError, TakenApart};
use crate::screening::reviews::{self, FALSE_POSITIVE, ReviewError, TRUE_MATCH};
use crate::screening::store::{self, ScreeningRow};
use crate::screening::{AT_ONCE_MATCHES_MAX, AT_ONCE_MAX, Against, Asked as Name, Way};
use crate::sharing::attachment::attachment;
use crate::store::StoreError;

/// Jobs shown; all of them are in the API.
const JOBS_SHOWN: i64 = 20;
pub(super) const PATH: &str = "/screening";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource(PATH)
                .route(web::get().to(page))
                .route(web::head().to(page))
                .route(web::post().to(screen)),
        )
        .service(web::resource(format!("{PATH}/review")).route(web::post().to(review)))
        .service(web::resource(format!("{PATH}/{{id}}/{{file}}")).route(web::get().to(file)));
}

/// Whose navigation names the page.
pub(super) fn is_page_of(audience: Audience) -> bool {
    audience.is_department() || matches!(audience, Audience::Operator | Audience::Financier)
}

/// Why a form was not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the form is over a limit")]
    TooLarge,
    #[error("no name, no code and no file")]
    NothingTyped,
    #[error("nothing to compare with")]
    NothingChosen,
    #[error("not signed in to see this of many")]
    NotSeen,
    #[error("a review needs its reason")]
    NoReason,
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(transparent)]
    Screening(#[from] ScreeningError),
    #[error("the names cannot be kept: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Portal(#[from] PortalError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Screening(error.into())
    }
}

impl Explained for Refused {
    fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Screening(ScreeningError::Store(_))
                | Self::Review(ReviewError::Store(_))
                | Self::Io(_)
                | Self::Portal(_)
        )
    }

    fn message(&self, lang: RecordLang) -> String {
        let s = ScreeningTexts::of(if lang == RecordLang::Zh { Lang::Zh } else { Lang::En });
        let said = match self {
            Self::TooLarge => s.too_large,
            Self::NothingTyped => s.nothing_typed,
            Self::NothingChosen => s.nothing_chosen,
            Self::NotSeen => s.not_watch,
            Self::NoReason => s.reason_needed,
            Self::Screening(_) | Self::Review(ReviewError::NotReady) => s.not_ready,
            Self::Review(ReviewError::NotOfficer) => s.not_officer,
            Self::Review(ReviewError::NoEnterprise) => s.no_enterprise,
            Self::Review(_) | Self::Io(_) | Self::Portal(_) => return self.to_string(),
        };
        said.to_owned()
    }
}

fn sight_of(data: &ServiceData, known: &SignedIn, reader: &Reader) -> Sight {
    Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), reader.purpose.as_deref())
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        let sight = sight_of(data, known, &reader);
        written(data, (known, &sight), page, &Fields::new(), None, (None, None))
    })
    .await
}

/// Screens what was typed or sent, and shows what came of it.
async fn screen(data: Data, request: HttpRequest, form: Multipart) -> HttpResponse {
    taken(data, request, form, |_, _, _| Ok(None)).await
}

/// Keeps what an officer found of one pair, and screens the same names again.
async fn review(data: Data, request: HttpRequest, form: Multipart) -> HttpResponse {
    taken(data, request, form, |data, asked, uploads| {
        // A file that is still chosen is not sent again by a review.
        uploads.clear();
        reviewed(data, asked).map(Some)
    })
    .await
}

type First = fn(&ServiceData, &Asked, &mut Vec<Upload>) -> Result<Option<&'static str>, Refused>;

async fn taken(data: Data, request: HttpRequest, form: Multipart, first: First) -> HttpResponse {
    let (reader, parts) = match cases::received(&data, &request, form).await {
        Ok(received) => received,
        Err(answer) => return answer,
    };
    let (mut uploads, is_too_large) = (parts.uploads, parts.is_too_large);
    let typed = parts.fields.clone();
    let found = Arc::new(OnceLock::new());
    let told = found.clone();
    let act = move |data: &ServiceData, asked: &Asked| {
        if is_too_large {
            return Err(Refused::TooLarge);
        }
        let done = first(data, asked, &mut uploads);
        // What was screened stays on the page when its review is refused.
        if done.is_err() {
            uploads.clear();
        }
        let sight = sight_of(data, &asked.known, &asked.reader);
        let screened = screened(data, asked, &sight, uploads.first());
        let words = match screened {
            Ok(Some(view)) => {
                let _ = told.set(view);
                done?
            }
            Ok(None) => done?.or(Some(ScreeningTexts::of(asked.reader.lang).taken)),
            Err(refused) => return Err(done.err().unwrap_or(refused)),
        };
        Ok(Done { words, ..Done::default() })
    };
    let make = move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message| {
        // A look that only draws the page again is none: what was shown was noted when it was found.
        let quiet = Reader { looks: Looks::default(), ..reader };
        let sight = sight_of(data, known, &quiet);
        written(data, (known, &sight), page, &typed, found.get().cloned(), (done.words, message))
    };
    forms::take_fields(&data, &request, parts.fields, act, make).await
}

/// How names are screened, as it was ticked.
fn way(asked: &Asked) -> Result<Way, Refused> {
    let ticked = |one: &Against| asked.fields.contains_key(&format!("against_{}", one.code()));
    let mut against: Vec<Against> = Against::ALL.into_iter().filter(ticked).collect();
    against.sort_unstable();
    if against.is_empty() {
        return Err(Refused::NothingChosen);
    }
    let include_reviewed = asked.fields.contains_key("include_reviewed");
    let used_for = use_of(&asked.fields).ok_or(Refused::NothingChosen)?;
    Ok(Way { r#use: used_for.name.clone(), against, include_reviewed })
}

fn use_of(fields: &Fields) -> Option<&'static Use> {
    let uses = Uses::embedded();
    let asked = fields.get("use").and_then(|code| uses.get(code));
    asked.or_else(|| uses.get(USE_DEFAULT))
}

/// What has to be seen for names to be screened: as the interface asks it.
fn may_screen(sight: &Sight, way: &Way) -> Result<(), Refused> {
    let is_public = [Block::Identity, Block::Lists].map(|block| sight.may(Subject::Many, block).is_allowed());
    let is_watch = !way.has(Against::WatchList) || sees_watch(sight);
    if is_public == [true, true] && is_watch { Ok(()) } else { Err(Refused::NotSeen) }
}

fn sees_watch(sight: &Sight) -> bool {
    sight.may(Subject::Many, Block::WatchList) == Outcome::Full
}

/// What came of the names; nothing where a job was made of them.
fn screened(
    data: &ServiceData,
    asked: &Asked,
    sight: &Sight,
    upload: Option<&Upload>,
) -> Result<Option<ScreenedView>, Refused> {
    let way = way(asked)?;
    may_screen(sight, &way)?;
    let lang = asked.lang();
    let asker = Asker { who: &sight.principal, purpose: sight.purpose, lang };
    if let Some(upload) = upload {
        job(data, &asker, &way, |path| kept(path, &upload.bytes))?;
        return Ok(None);
    }
    let lines = asked.text("names").lines().filter_map(pasted::line);
    let names: Vec<NameIn> = lines
        .map(|one| NameIn {
            name: one.name.map(str::to_owned),
            uscc: one.code.map(str::to_uppercase),
            reference: None,
        })
        .collect();
    if names.is_empty() {
        return Err(Refused::NothingTyped);
    }
    if names.len() > AT_ONCE_MAX {
        job(data, &asker, &way, |path| write_names(path, &names))?;
        return Ok(None);
    }
    // What cannot be screened is named as it was typed.
    let typed: Vec<Option<String>> = names.iter().map(|one| one.uscc.clone()).collect();
    let lines: Vec<Result<Name, Box<Screened>>> = names.into_iter().map(|one| read(one, lang)).collect();
    let sees_watch =
        |uscc: &Uscc| sight.may(Subject::Among(uscc.as_str()), Block::WatchList) == Outcome::Full;
    let names = data.jobs.names();
    let known_at = names.held().map(|held| held.known_at).filter(|at| *at > 0);
    let purpose = use_of(&asked.fields).ok_or(Refused::NothingChosen)?;
    let screening = Screening {
        names,
        way: &way,
        purpose,
        today: data.service.clock.today(),
        lang,
        owner: &reviews::owner_of(&sight.principal),
        taken_apart: &TakenApart::default(),
        sees_watch: &sees_watch,
        most: AT_ONCE_MATCHES_MAX,
    };
    let read: Vec<Name> = lines.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
    let mut answered = screening.answer(&mut *data.service.database.connection()?, &read)?.into_iter();
    let items = lines.into_iter().zip(typed).filter_map(|(line, code)| match line {
        Ok(_) => answered.next(),
        Err(failed) => {
            let failed = *failed;
            Some(Screened { uscc: code, ..failed })
        }
    });
    let lang = asked.reader.lang;
    Ok(Some(ScreenedView {
        threshold: purpose.threshold,
        threshold_reason: lang.pick(&purpose.reason_zh, &purpose.reason_en).clone(),
        known_at: known_at.map(minute),
        lines: items.enumerate().map(|(at, one)| line(at, one, &asked.fields, lang)).collect(),
    }))
}

fn job(
    data: &ServiceData,
    asker: &Asker<'_>,
    way: &Way,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), Refused> {
    let place = Place::new(&data.service)?;
    write(&place.input())?;
    acts::ask(&data.service, &data.jobs, asker, (place, way), |_, _, _| Ok(()))?;
    Ok(())
}

fn kept(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Keeps what was found of the pair whose button was pressed.
fn reviewed(data: &ServiceData, asked: &Asked) -> Result<&'static str, Refused> {
    let s = ScreeningTexts::of(asked.reader.lang);
    let (verdict, pair) = match (asked.text(FALSE_POSITIVE), asked.text(TRUE_MATCH)) {
        ("", pair) => (TRUE_MATCH, pair),
        (pair, _) => (FALSE_POSITIVE, pair),
    };
    let parts: Vec<&str> = pair.splitn(4, '|').collect();
    let &[line, matched, uscc, name] = parts.as_slice() else { return Err(Refused::NothingTyped) };
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let request = ReviewRequest {
        name: text(name),
        uscc: text(uscc),
        matched: matched.to_owned(),
        verdict: verdict.to_owned(),
        reason: asked.text(&reason_field(line, matched)).to_owned(),
    };
    // The reason is all of it that was typed.
    let found = screening_reviews::read(request).map_err(|_| Refused::NoReason)?;
    let party = Party::of(&asked.known);
    reviews::review(&data.service, data.jobs.names(), &party, &found, &mut |_, _| Ok(()))?;
    Ok(if found.is_false_positive { s.kept_silent } else { s.kept })
}

fn reason_field(line: &str, matched: &str) -> String {
    format!("reason-{line}-{matched}")
}

fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}

fn use_words(code: &str, lang: Lang) -> &'static str {
    let s = ScreeningTexts::of(lang);
    match code {
        "onboarding" => s.use_onboarding,
        "payment" => s.use_payment,
        _ => s.use_list_check,
    }
}

fn against_words(against: Against, lang: Lang) -> &'static str {
    let s = ScreeningTexts::of(lang);
    match against {
        Against::List => s.against_list,
        Against::WatchList => s.against_watch_list,
        Against::Enterprises => s.against_enterprises,
    }
}

fn line(at: usize, one: Screened, fields: &Fields, lang: Lang) -> LineView {
    let (name, uscc) = (one.name, one.uscc);
    let asked = (name.as_deref().unwrap_or_default(), uscc.as_deref().unwrap_or_default());
    let matches = one.matches.into_iter().map(|found| match_view((at, asked), found, fields, lang)).collect();
    LineView { matches, error: one.error, silenced: one.silenced, is_cut: one.is_cut, name, uscc }
}

fn match_view(
    (at, (name, uscc)): (usize, (&str, &str)),
    found: Match,
    fields: &Fields,
    lang: Lang,
) -> MatchView {
    let s = ScreeningTexts::of(lang);
    let part = |code: &str| match code {
        "uscc" => s.part_uscc,
        "brand" => s.part_brand,
        "region" => s.part_region,
        "trade" => s.part_trade,
        "form" => s.part_form,
        _ => s.part_branch,
    };
    let note = |code: &&str| match *code {
        "former_name" => s.note_former_name,
        "pinyin" => s.note_pinyin,
        _ => s.note_script,
    };
    let parts = found.parts.into_iter();
    let reason = fields.get(&reason_field(&at.to_string(), &found.uscc)).cloned().unwrap_or_default();
    MatchView {
        id: format!("{at}-{}", found.uscc),
        pair: format!("{at}|{}|{uscc}|{name}", found.uscc),
        reason,
        closest: found.matched_name.filter(|closest| found.name.as_ref() != Some(closest)),
        score: found.score,
        verdict: if found.verdict == "related" { s.related } else { s.same },
        status: match &found.status {
            Some(status) => words::status_of_word(status, lang),
            None => s.not_registered.to_owned(),
        },
        is_registered: found.registered,
        parts: parts
            .map(|one| PartLine { part: part(one.part), text: one.found.to_owned(), cost: one.cost })
            .collect(),
        notes: found.notes.iter().map(note).collect(),
        lists: found.lists.iter().map(|one| listed(one, lang)).collect(),
        watch: found.watch_list,
        review: found.review.map(|mark| {
            let verdict =
                if mark.verdict == FALSE_POSITIVE { s.was_false_positive } else { s.was_true_match };
            format!("{verdict} · {}", mark.reviewed_at.split('T').next().unwrap_or_default())
        }),
        uscc: found.uscc,
        name: found.name.unwrap_or_else(|| s.no_name.to_owned()),
    }
}

fn listed(one: &ListBody, lang: Lang) -> String {
    let from = lang.pick(format!("自 {}", one.effective_on), format!("from {}", one.effective_on));
    let until = one.expires_on.map(|day| lang.pick(format!("，至 {day}"), format!(", until {day}")));
    format!("{} · {} · {from}{}", one.title, one.decision_no, until.unwrap_or_default())
}

fn written(
    data: &ServiceData,
    (known, sight): (&SignedIn, &Sight),
    page: &Page,
    fields: &Fields,
    screened: Option<ScreenedView>,
    (done, message): (Option<&'static str>, Option<String>),
) -> Made {
    let lang = page.lang;
    let chosen = use_of(fields);
    let uses = Uses::embedded().all().iter().map(|one| UseChoice {
        code: one.name.clone(),
        words: use_words(&one.name, lang),
        threshold: one.threshold,
        chosen: chosen.is_some_and(|chosen| chosen.name == one.name),
    });
    // Whether the box is there is no look at anything.
    let may_watch = sees_watch(&Sight { looks: Looks::default(), ..sight.clone() });
    let offered = Against::ALL.into_iter().filter(|one| may_watch || *one != Against::WatchList);
    let is_first = !fields.contains_key("csrf");
    let is_ticked = |one: &Against| match is_first {
        true => *one == Against::List,
        false => fields.contains_key(&format!("against_{}", one.code())),
    };
    let mut jobs =
        store::own(&mut *data.service.database.connection()?, &known.principal, None, JOBS_SHOWN + 1)?;
    let more_jobs = jobs.len() > usize::try_from(JOBS_SHOWN).unwrap_or(usize::MAX);
    jobs.truncate(usize::try_from(JOBS_SHOWN).unwrap_or(usize::MAX));
    let view = ScreeningView {
        names: fields.get("names").cloned().unwrap_or_default(),
        uses: uses.collect(),
        against: offered
            .map(|one| AgainstChoice {
                code: one.code(),
                words: against_words(one, lang),
                chosen: is_ticked(&one),
            })
            .collect(),
        include_reviewed: fields.contains_key("include_reviewed"),
        screened,
        may_review: reviews::may_review(&Party::of(known)),
        jobs: jobs.iter().map(|(row, state)| job_line(data, row, state, lang)).collect(),
        more_jobs,
        done,
        message,
    };
    Ok(render::render_screening(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn job_line(data: &ServiceData, row: &ScreeningRow, state: &str, lang: Lang) -> ScreeningJob {
    let s = ScreeningTexts::of(lang);
    let days = data.service.config.extract_days;
    let against: Vec<&str> = row.way().against.into_iter().map(|one| against_words(one, lang)).collect();
    let has_files = acts::has_files(row, days, data.service.clock.now());
    let is = |one: State| state == one.as_str();
    ScreeningJob {
        id: row.id.clone(),
        asked: minute(row.asked_at),
        used_for: use_words(&row.used_for, lang),
        against: against.join(lang.texts().list_separator),
        state: match () {
            () if is(State::Queued) => s.queued,
            () if is(State::Running) => s.running,
            () if is(State::Succeeded) => s.succeeded,
            () if is(State::Cancelled) => s.cancelled,
            () => s.failed,
        },
        is_waiting: is(State::Queued) || is(State::Running),
        rows: row.row_count,
        matched: row.matched,
        failed: row.failed,
        files: if has_files { FILES.to_vec() } else { Vec::new() },
        until: acts::kept_until(row, days).map(|until| minute(until.0)),
    }
}

/// Why no file is sent.
enum NoFile {
    Nobody,
    Refused(acts::Refused),
    Failed(String),
}

/// The results of one's own screening.
async fn file(data: Data, request: HttpRequest, place: web::Path<(String, String)>) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    let (id, asked) = place.into_inner();
    let inner = data.clone();
    let opened = web::block(move || {
        let known = inner.known(&reader).map_err(|error| NoFile::Failed(error.to_string()))?;
        let known = known.ok_or(NoFile::Nobody)?;
        let name = FILES.into_iter().find(|name| *name == asked);
        let name = name.ok_or(NoFile::Refused(acts::Refused::NotFound))?;
        let opened = acts::open(&inner.service, &known.principal, &id, name).map_err(NoFile::Refused)?;
        Ok((name, opened))
    });
    let why = match opened.await {
        Ok(Ok((name, (file, bytes)))) => return attachment(name, file, bytes),
        Ok(Err(why)) => why,
        Err(error) => NoFile::Failed(error.to_string()),
    };
    let (response, status, title, help) = match why {
        NoFile::Nobody => return forms::nobody(&data, &request).await,
        NoFile::Refused(acts::Refused::NotFound) => {
            let s = ScreeningTexts::of(reader_of(data.get_ref(), &request).lang);
            (HttpResponse::NotFound(), 404, s.error_no_results, s.error_no_results_help)
        }
        NoFile::Refused(acts::Refused::FilesGone) => {
            let s = ScreeningTexts::of(reader_of(data.get_ref(), &request).lang);
            (HttpResponse::Gone(), 410, s.error_results_gone, s.error_results_gone_help)
        }
        NoFile::Refused(refused) => return failed(&data, &request, &refused.to_string()).await,
        NoFile::Failed(why) => return failed(&data, &request, &why).await,
    };
    let page = http::page_for(&data, &request).await;
    error_response(&page, response, &ErrorView { status, title, help })
}

async fn failed(data: &Data, request: &HttpRequest, why: &str) -> HttpResponse {
    tracing::error!(%why, path = request.path(), "portal file");
    http::unavailable(data, request).await
}
