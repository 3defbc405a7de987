//! A set of policies that was read, validated and can be asked.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::{
    Authorizer, Context, Decision as Verdict, Entities, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;

use super::decide::Answer;
use super::files::{PolicyError, SCHEMA};
use crate::access::ask::Question;
use crate::access::{Audience, Block, Outcome, Purpose};
use crate::folder::{self, Text};

/// The ways of seeing, the best first, with the action that stands for each.
const WAYS: [(Outcome, &str); 4] = [
    (Outcome::Full, "see_full"),
    (Outcome::Masked, "see_masked"),
    (Outcome::Aggregate, "see_aggregate"),
    (Outcome::GradeOnly, "see_grade"),
];
const NAME_PURPOSE: &str = "name_purpose";

/// What a policy says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub id: Arc<str>,
    pub file: String,
    /// Legal basis, Chinese and English.
    pub basis_zh: String,
    pub basis_en: String,
}

/// Policies in force, with the answers they gave.
pub struct Engine {
    version: String,
    about: BTreeMap<String, About>,
    policies: PolicySet,
    schema: Schema,
    entities: Entities,
    authorizer: Authorizer,
    purposes: HashMap<Audience, Vec<Purpose>>,
    /// By question. There are no more entries than questions without names: audiences, blocks, purposes, flags.
    answers: RwLock<HashMap<Question, Answer>>,
}

/// What Cedar says of one action.
pub(super) enum Said {
    Permitted(Arc<str>),
    /// By the policy that forbids, if one does.
    Denied(Option<Arc<str>>),
}

impl Engine {
    /// Reads and validates.
    ///
    /// # Errors
    /// [`PolicyError`] names the first thing that is wrong, with file and line.
    pub fn new(texts: &[Text]) -> Result<Self, PolicyError> {
        let (schema, _) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|error| PolicyError::Schema(error.to_string()))?;
        let (policies, about) = parse(texts)?;
        validate(&schema, &policies, &about)?;
        let entities = schema.action_entities().map_err(|error| PolicyError::Schema(error.to_string()))?;
        let mut engine = Self {
            version: folder::version(texts),
            about,
            policies,
            schema,
            entities,
            authorizer: Authorizer::new(),
            purposes: HashMap::new(),
            answers: RwLock::default(),
        };
        engine.purposes = Audience::ALL.into_iter().map(|who| (who, engine.namable(who))).collect();
        Ok(engine)
    }

    /// Names the files.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many policies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.about.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.about.is_empty()
    }

    /// What the policy of this `@id` says of itself.
    #[must_use]
    pub fn about(&self, id: &str) -> Option<&About> {
        self.about.get(id)
    }

    /// All policies, by `@id`.
    pub fn all(&self) -> impl Iterator<Item = &About> {
        self.about.values()
    }

    /// The purposes an audience may name.
    #[must_use]
    pub fn purposes_of(&self, audience: Audience) -> &[Purpose] {
        self.purposes.get(&audience).map_or(&[], Vec::as_slice)
    }

    /// The answer, from memory if the question was asked before.
    #[must_use]
    pub fn answer(&self, question: Question) -> Answer {
        let known = self.answers.read().unwrap_or_else(PoisonError::into_inner).get(&question).cloned();
        known.unwrap_or_else(|| {
            let answer = self.answer_anew(question);
            self.answers.write().unwrap_or_else(PoisonError::into_inner).insert(question, answer.clone());
            answer
        })
    }

    /// The best way of seeing that the policies permit, or what forbids to see.
    pub(super) fn permitted(&self, question: Question) -> Result<(Outcome, Arc<str>), Option<Arc<str>>> {
        let Some(context) = context(question) else { return Err(None) };
        let mut forbids = None;
        for (outcome, action) in WAYS {
            let resource = uid("Block", question.block.code());
            match self.says(question.audience, action, resource, context.clone()) {
                Said::Permitted(id) => return Ok((outcome, id)),
                Said::Denied(by) => forbids = forbids.or(by),
            }
        }
        Err(forbids)
    }

    fn namable(&self, audience: Audience) -> Vec<Purpose> {
        let may = |purpose: &Purpose| {
            let said = self.says(audience, NAME_PURPOSE, uid("Purpose", purpose.code()), Context::empty());
            matches!(said, Said::Permitted(_))
        };
        Purpose::ALL.into_iter().filter(may).collect()
    }

    /// The policy by which this audience may name a purpose.
    #[must_use]
    pub fn purpose_policy(&self, audience: Audience, purpose: Purpose) -> Option<&About> {
        match self.says(audience, NAME_PURPOSE, uid("Purpose", purpose.code()), Context::empty()) {
            Said::Permitted(id) => self.about(&id),
            Said::Denied(_) => None,
        }
    }

    /// Denied whenever something goes wrong: a policy that cannot be evaluated may be the one that forbids.
    fn says(&self, who: Audience, action: &str, resource: Option<EntityUid>, context: Context) -> Said {
        let uids = uid("Audience", who.code()).zip(uid("Action", action)).zip(resource);
        let Some(((who, action), resource)) = uids else { return Said::Denied(None) };
        let request = match Request::new(who, action, resource, context, Some(&self.schema)) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(%error, "a question does not fit the schema of the policies");
                return Said::Denied(None);
            }
        };
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            tracing::error!(%error, "an access policy cannot be evaluated");
            return Said::Denied(None);
        }
        // Several may permit the same: the first by name speaks, so that it is always the same one.
        let mut reasons: Vec<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
        reasons.sort_unstable();
        let first = reasons.first().and_then(|id| self.about.get(*id)).map(|about| Arc::clone(&about.id));
        match (response.decision(), first) {
            (Verdict::Allow, Some(id)) => Said::Permitted(id),
            (_, by) => Said::Denied(by),
        }
    }
}

fn uid(kind: &str, code: &str) -> Option<EntityUid> {
    Some(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).ok()?, EntityId::new(code)))
}

fn context(question: Question) -> Option<Context> {
    let flag = RestrictedExpression::new_bool;
    let mut pairs = vec![
        ("scope".to_owned(), RestrictedExpression::new_entity_uid(uid("Scope", question.scope.code())?)),
        ("own".to_owned(), flag(question.own)),
        ("own_organisation".to_owned(), flag(question.own_organisation)),
        ("consent".to_owned(), flag(question.consent)),
        ("published".to_owned(), flag(question.published)),
        ("closed".to_owned(), flag(question.closed)),
        ("notified".to_owned(), flag(question.notified)),
    ];
    if let Some(purpose) = question.purpose {
        pairs.push((
            "purpose".to_owned(),
            RestrictedExpression::new_entity_uid(uid("Purpose", purpose.code())?),
        ));
    }
    Context::from_pairs(pairs).ok()
}

fn parse(texts: &[Text]) -> Result<(PolicySet, BTreeMap<String, About>), PolicyError> {
    let mut policies = PolicySet::new();
    let mut about: BTreeMap<String, About> = BTreeMap::new();
    for text in texts {
        let parsed = PolicySet::from_str(&text.body).map_err(|errors| {
            let offset =
                errors.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
            PolicyError::Syntax {
                file: text.name.clone(),
                line: folder::line_of(&text.body, offset),
                why: errors.to_string(),
            }
        })?;
        if parsed.templates().next().is_some() {
            return Err(PolicyError::Template { file: text.name.clone() });
        }
        for policy in parsed.policies() {
            let of = describe(policy, text)?;
            let id = of.id.to_string();
            if let Some(other) = about.get(&id) {
                return Err(PolicyError::SameId { file: text.name.clone(), id, other: other.file.clone() });
            }
            let added = policies.add(policy.new_id(PolicyId::new(&id)));
            added.map_err(|error| PolicyError::Invalid {
                file: text.name.clone(),
                id: id.clone(),
                why: error.to_string(),
            })?;
            about.insert(id, of);
        }
    }
    Ok((policies, about))
}

fn describe(policy: &Policy, text: &Text) -> Result<About, PolicyError> {
    let value = |annotation: &'static str| {
        let found = policy.annotation(annotation).filter(|value| !value.trim().is_empty());
        found.map(str::to_owned).ok_or_else(|| {
            // The policy's own words, to find its line; a policy without its text is at the top.
            let words = policy.to_string();
            let offset = text.body.find(words.as_str()).unwrap_or(0);
            PolicyError::Annotation {
                file: text.name.clone(),
                line: folder::line_of(&text.body, offset),
                annotation,
            }
        })
    };
    Ok(About {
        id: value("id")?.into(),
        file: text.name.clone(),
        basis_zh: value("basis")?,
        basis_en: value("basis_en")?,
    })
}

fn validate(
    schema: &Schema,
    policies: &PolicySet,
    about: &BTreeMap<String, About>,
) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    let wrong = |id: &PolicyId, why: String| {
        let id = id.to_string();
        let file = about.get(&id).map_or_else(String::new, |about| about.file.clone());
        PolicyError::Invalid { file, id, why }
    };
    if let Some(error) = result.validation_errors().next() {
        return Err(wrong(error.policy_id(), error.to_string()));
    }
    // A policy that can never apply is a slip of the pen: whoever wrote it believes that it does.
    match result.validation_warnings().next() {
        Some(warning) => Err(wrong(warning.policy_id(), warning.to_string())),
        None => Ok(()),
    }
}

/// Whether a block says nothing of an enterprise's credit, so that no purpose is asked for.
pub(super) fn is_service(block: Block) -> bool {
    block.is_operations()
}
