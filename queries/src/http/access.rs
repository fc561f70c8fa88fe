//! Who may ask: the hosts that requests may name, and the token that they must carry. Does not know requests.

/// Names of this machine for itself.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    hosts: Option<Vec<String>>,
    token_hash: Option<blake3::Hash>,
}

impl Access {
    /// For a server that listens on this machine only: a request must name this machine or one of `hosts`, so that no page
    /// of a foreign host can ask through a browser whose names for this machine were changed under it.
    #[must_use]
    pub fn of_this_machine(hosts: &[String]) -> Self {
        let names = OWN_NAMES.iter().map(|name| (*name).to_owned());
        Self { hosts: Some(names.chain(hosts.iter().map(|h| h.to_lowercase())).collect()), token_hash: None }
    }

    /// For a server that others reach: every request but those for health and the page carries a token with this hash.
    #[must_use]
    pub fn with_token(token_hash: [u8; 32]) -> Self {
        Self { hosts: None, token_hash: Some(token_hash.into()) }
    }

    /// The same, and a token is needed too.
    #[must_use]
    pub fn and_token(self, token_hash: [u8; 32]) -> Self {
        Self { token_hash: Some(token_hash.into()), ..self }
    }

    /// Hash of a token, as settings keep it.
    #[must_use]
    pub fn hash(token: &str) -> [u8; 32] {
        *blake3::hash(token.as_bytes()).as_bytes()
    }

    /// Whether every request needs a token.
    pub(super) fn needs_token(&self) -> bool {
        self.token_hash.is_some()
    }

    /// Whether requests may carry this token. Takes equally long for every wrong one.
    pub(super) fn admits_token(&self, token: &str) -> bool {
        // Hashes of this kind are compared in constant time.
        self.token_hash.is_none_or(|hash| hash == blake3::hash(token.as_bytes()))
    }

    /// Whether requests may name this host; a port behind it does not matter.
    pub(super) fn admits_host(&self, host: &str) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let name = without_port(host).to_lowercase();
        hosts.contains(&name)
    }

    /// The hosts, for people.
    pub(super) fn hosts(&self) -> String {
        self.hosts.as_ref().map(|hosts| hosts.join(", ")).unwrap_or_default()
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !ends_inside_brackets(name) => name,
        _ => host,
    }
}

/// Whether the colon stood inside an IPv6 address.
fn ends_inside_brackets(name: &str) -> bool {
    name.starts_with('[') && !name.ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_answers_to_its_own_names_and_those_configured() {
        let access = Access::of_this_machine(&["Mart.Example".to_owned()]);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8080", "mart.example:443"] {
            assert!(access.admits_host(host), "{host}");
        }
        for host in
            ["", "example", "localhost.example", "127.0.0.1.example:80", "[::2]", "::1", "localhost:80a", "[::1"]
        {
            assert!(!access.admits_host(host), "{host}");
        }
        assert!(Access::with_token([0; 32]).admits_host("anything"));
    }

    #[test]
    fn only_the_token_with_the_hash_is_admitted() {
        let access = Access::with_token(Access::hash("secret"));
        assert!(access.needs_token() && access.admits_token("secret"));
        assert!(!access.admits_token("Secret") && !access.admits_token(""));
        let own = Access::of_this_machine(&[]);
        assert!(!own.needs_token() && own.admits_token(""));
        assert!(own.and_token(Access::hash("x")).needs_token());
    }
}
