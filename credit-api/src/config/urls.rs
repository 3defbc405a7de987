//! URLs in settings: what may be printed of one, and which may stand there.

/// The part of a URL between `://` and its path.
pub(super) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// A URL that may be printed: its password, where a URL has one, is left out.
pub(super) fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:…@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let query = query.map_or(String::new(), |query| {
        let shown = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.contains("password") => format!("{name}=…"),
            _ => pair.to_owned(),
        });
        format!("?{}", shown.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{authority}{path}{query}")
}

/// A URL below which tiles lie. TLS ends in front of a service, so there is none in between.
pub(super) fn tiles_url(text: &str) -> Result<Option<String>, &'static str> {
    match text.strip_prefix("http://") {
        _ if text.is_empty() => Ok(None),
        Some(rest) if !rest.is_empty() => Ok(Some(text.trim_end_matches('/').to_owned())),
        _ => Err("it does not begin with http:// and a host"),
    }
}
