#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use super::*;
use std::process::Command;
use tempfile::TempDir;

const WORDS: &str = "correct horse battery staple";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn words() -> Passphrase {
    Passphrase::new(WORDS)
}

/// Puts a text into a file that only its owner can read.
fn file(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join(format!("{}.key", fs::read_dir(folder.path()).unwrap().count()));
    write_private(&path, text).unwrap();
    path
}

/// Runs the OpenSSL command; `None`, said aloud, where there is none.
fn openssl(arguments: &[&str]) -> Option<String> {
    match Command::new("openssl").args(arguments).output() {
        Err(error) => {
            eprintln!("SKIPPED: the openssl command does not run ({error})");
            None
        }
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "openssl {arguments:?}: {errors}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
    }
}

#[test]
fn every_form_is_read_back() {
    let folder = folder();
    let seed = random_seed().unwrap();
    for passphrase in [None, Some(words())] {
        let path = folder.path().join(if passphrase.is_some() { "encrypted" } else { "plain" });
        write_new(&path, &seed, passphrase.as_ref()).unwrap();
        assert_eq!(*read_seed(&path, passphrase.as_ref()).unwrap(), *seed);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = write_new(&path, &seed, passphrase.as_ref()).unwrap_err();
        assert!(again.to_string().contains("exists"), "{again}");
        assert_eq!(*read_seed(&path, passphrase.as_ref()).unwrap(), *seed, "the file is as it was");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left lying about");
    let text = fs::read_to_string(folder.path().join("encrypted")).unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert!(!text.contains(&hex::encode(*seed)));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = folder();
    let path = folder.path().join("log.key");
    write_new(&path, &random_seed().unwrap(), Some(&words())).unwrap();
    let message =
        |passphrase: Option<Passphrase>| read_seed(&path, passphrase.as_ref()).unwrap_err().to_string();
    assert!(message(Some(Passphrase::new("another passphrase"))).ends_with("the passphrase is wrong"));
    let missing = message(None);
    assert!(missing.contains("is encrypted") && missing.contains(PASSPHRASE_FILE), "{missing}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(message(Some(words())).contains("chmod 600"));
    let short = key_text(&[1; 32], Some(&Passphrase::new("short\n"))).unwrap_err();
    assert!(matches!(short, KeyFileError::PassphraseShort(5)));
    assert!(read_seed(&folder.path().join("none"), None).unwrap_err().to_string().contains("none"));
}

#[test]
fn what_is_no_key_is_refused() {
    let folder = folder();
    let good = key_text(&[1; 32], Some(&words())).unwrap();
    let half = good.get(..good.len() / 2).unwrap();
    for text in
        ["", "00", &"0".repeat(63), &"g".repeat(64), "-----BEGIN", half, "-----BEGIN CERTIFICATE-----"]
    {
        let error = read_seed(&file(&folder, text), Some(&words())).unwrap_err();
        assert!(matches!(error, KeyFileError::Content(_)), "{text:?}: {error}");
    }
    let long = read_seed(&file(&folder, &"0".repeat(5000)), None).unwrap_err();
    assert!(matches!(long, KeyFileError::TooLong { found: 5000, .. }));
}

#[test]
fn a_changed_file_is_never_another_key() {
    let folder = folder();
    let good = key_text(&[1; 32], Some(&words())).unwrap();
    for place in (30..good.len() - 30).step_by(17) {
        let mut bytes = good.as_bytes().to_vec();
        let byte = bytes.get_mut(place).unwrap();
        *byte = if *byte == b'A' { b'B' } else { b'A' };
        let path = file(&folder, std::str::from_utf8(&bytes).unwrap());
        if let Ok(seed) = read_seed(&path, Some(&words())) {
            panic!("byte {place} was changed, read {}", hex::encode(*seed));
        }
    }
}

#[test]
fn a_passphrase_file_is_read_up_to_its_line_break() {
    let folder = folder();
    let path = file(&folder, &format!("{WORDS}\r\nsecond line\n"));
    let found = Passphrase::find(Some(&path)).unwrap().unwrap();
    assert_eq!(found.0.as_str(), WORDS);
    assert_eq!(format!("{found:?}"), "Passphrase(…)");
}

#[test]
fn a_file_that_would_take_the_memory_is_not_opened() {
    let folder = folder();
    let document = KeypairBytes { secret_key: [1; 32], public_key: None }.to_pkcs8_der().unwrap();
    let cost = scrypt::Params::new(10, 8, 40).unwrap();
    let parameters = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &[1; 16], [2; 16]).unwrap();
    let text = PrivateKeyInfoRef::try_from(document.as_bytes())
        .unwrap()
        .encrypt_with_params(parameters, WORDS)
        .unwrap()
        .to_pem(ENCRYPTED, LineEnding::LF)
        .unwrap();
    let error = read_seed(&file(&folder, &text), Some(&words())).unwrap_err();
    assert!(matches!(error, KeyFileError::Scheme(_)), "{error}");
}

#[test]
fn openssl_reads_what_we_write() {
    let folder = folder();
    let seed = random_seed().unwrap();
    let path = folder.path().join("log.key");
    write_new(&path, &seed, Some(&words())).unwrap();
    let pass = format!("pass:{WORDS}");
    let key = ["pkey", "-in", path.to_str().unwrap(), "-passin", &pass, "-noout", "-text"];
    let Some(text) = openssl(&key) else { return };
    let text: String = text.replace([' ', '\n', ':'], "");
    let public = SigningKey::from_bytes(&seed).verifying_key();
    assert!(text.contains(&hex::encode(public.to_bytes())), "{text}");
    assert!(text.contains(&hex::encode(*seed)));
}

#[test]
fn we_read_what_openssl_writes() {
    let folder = folder();
    let plain = folder.path().join("plain.pem");
    let plain = plain.to_str().unwrap();
    if openssl(&["genpkey", "-algorithm", "ed25519", "-out", plain]).is_none() {
        return;
    }
    fs::set_permissions(plain, fs::Permissions::from_mode(0o600)).unwrap();
    let seed = read_seed(Path::new(plain), None).unwrap();
    let pass = format!("pass:{WORDS}");
    for (name, options) in [
        ("pbkdf2", &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"][..]),
        ("scrypt", &["-scrypt", "-v2", "aes-256-cbc"]),
    ] {
        let path = folder.path().join(name);
        let (path, mut arguments) = (path.to_str().unwrap(), vec!["pkcs8", "-topk8", "-in", plain, "-out"]);
        arguments.extend([path, "-passout", pass.as_str()]);
        arguments.extend(options);
        openssl(&arguments).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(*read_seed(Path::new(path), Some(&words())).unwrap(), *seed, "{name}");
    }
}
