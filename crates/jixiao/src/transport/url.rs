//! Addresses of gRPC servers.

use http::Uri;

/// Where a gRPC server is: `http://HOST:PORT` or `https://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(Uri);

impl Url {
    /// Reads a URL; `None` where it has another scheme, no host, a user or a path.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let authority = uri.authority()?;
        let plain =
            !authority.as_str().contains('@') && ["", "/"].contains(&uri.path()) && uri.query().is_none();
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        (plain && known && !authority.host().is_empty()).then_some(Self(uri))
    }

    /// Whether the connection is secured.
    pub fn is_tls(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The host, an address of IPv6 without its brackets.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// The port; where none is given, that of the scheme.
    pub fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// As it was written.
    pub fn uri(&self) -> &Uri {
        &self.0
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.to_string().trim_end_matches('/'))
    }
}
