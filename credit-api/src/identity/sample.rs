//! Logins for every role of the sample zone, with one random password: made on the first start with `--sample`, kept
//! in a file of the sample's folder, printed at every start. A zone without the sample has none.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use chrono::Days;
use credit_core::uscc::Uscc;

use super::letters::{NewLetter, Verdict};
use super::users::NewUser;
use super::{Actor, Identity, IdentityError, secrets};
use crate::access::Audience;

/// The file in the sample's folder.
const FILE_NAME: &str = "logins.txt";
const OWNER_ONLY: u32 = 0o600;
/// The bank of the sample; its code is fictitious.
const BANK_STEM: &str = "91511500MA6BANK0";
/// Days of the agent's letter.
const LETTER_DAYS: u64 = 365;

/// Login, name, audience, organisation.
const PEOPLE: [(&str, &str, Audience); 14] = [
    ("operator", "平台运营 示例", Audience::Operator),
    ("reviewer", "复核 示例", Audience::Reviewer),
    ("auditor", "审计 示例", Audience::Auditor),
    ("agent", "企业代理人 示例", Audience::Enterprise),
    ("bank", "示例银行 信贷经理", Audience::Financier),
    ("commerce", "综试办 示例", Audience::Commerce),
    ("customs", "海关 示例", Audience::Customs),
    ("safe", "外汇 示例", Audience::Safe),
    ("tax", "税务 示例", Audience::Tax),
    ("market", "市场监管 示例", Audience::MarketRegulation),
    ("credit", "信用主管 示例", Audience::PublicCredit),
    ("pbc", "人民银行 示例", Audience::CentralBank),
    ("police", "公安 示例", Audience::Police),
    ("source", "登记数据源 示例", Audience::Source),
];

impl Identity {
    fn sample_file(&self) -> PathBuf {
        self.service.config.data.join("sample").join(FILE_NAME)
    }

    /// What was written on the first start of a sample zone, line by line; nothing elsewhere.
    #[must_use]
    pub fn sample_logins(&self) -> Option<String> {
        fs::read_to_string(self.sample_file()).ok()
    }

    /// Makes the sample's users, with an agent of `enterprise`. Repeated, it changes nothing.
    ///
    /// # Errors
    /// The database's, and those of the file.
    pub fn make_sample(&self, enterprise: Uscc) -> Result<(), IdentityError> {
        if self.sample_file().exists() {
            return Ok(());
        }
        let root = Actor::at_terminal("first start");
        let password = secrets::password()?;
        for (login, name, audience) in PEOPLE {
            let organisation = match audience {
                Audience::Financier => Uscc::from_stem(BANK_STEM).map(|uscc| uscc.to_string()).ok(),
                Audience::Source => Some("registration".to_owned()),
                _ => None,
            };
            let new = NewUser {
                login: login.to_owned(),
                name: name.to_owned(),
                audience,
                organisation,
                password: Some(password.clone()),
            };
            match self.add_user(&root, &new) {
                // A first start that was interrupted: nobody knows the password it drew.
                Err(IdentityError::LoginTaken) => self.set_sample_password(&root, login, &password)?,
                other => drop(other?),
            }
        }
        self.bind_sample_agent(enterprise)?;
        self.write_sample_file(&password, enterprise)
    }

    fn set_sample_password(&self, root: &Actor, login: &str, password: &str) -> Result<(), IdentityError> {
        let user = self.user(root, login)?;
        let (hash, now) = (self.passwords()?.hash(password)?, self.now());
        self.write(|connection| super::users::set_password(connection, &user, &hash, now))
    }

    fn bind_sample_agent(&self, enterprise: Uscc) -> Result<(), IdentityError> {
        let (proposer, approver) =
            (Actor::at_terminal("sample operator"), Actor::at_terminal("sample reviewer"));
        if !self.letters_of(&proposer, "agent")?.is_empty() {
            return Ok(());
        }
        let today = self.service.clock.today();
        let letter = self.propose_letter(
            &proposer,
            &NewLetter {
                user: "agent",
                uscc: enterprise,
                file_name: "sample-letter.pdf",
                file: b"%PDF-1.4\n% A letter of the fictitious sample zone; it authorises nobody.\n",
                valid_from: today,
                valid_to: today.checked_add_days(Days::new(LETTER_DAYS)).unwrap_or(today),
                reason: "sample zone",
            },
        )?;
        self.decide_letter(&approver, &letter.id, Verdict::Approved, "sample zone").map(drop)
    }

    fn write_sample_file(&self, password: &str, enterprise: Uscc) -> Result<(), IdentityError> {
        let mut text = format!("sample logins, all with the password  {password}\n");
        for (login, name, audience) in PEOPLE {
            let of = if audience == Audience::Enterprise { format!("  {enterprise}") } else { String::new() };
            text.push_str(&format!("  {login:9} {:18} {name}{of}\n", audience.code()));
        }
        let path = self.sample_file();
        let temporary = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(OWNER_ONLY)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        Ok(())
    }
}
