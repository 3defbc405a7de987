//! What the prefixes of a message stand for (Namespaces in XML 1.0).

use super::error::Problem;

/// The namespace of customs' business messages (E-port XSD 2018-05).
pub(super) const CEB: &str = "http://www.chinaport.gov.cn/ceb";
/// The namespace of the transport envelope `DxpMsg`.
const DXP: &str = "http://www.chinaport.gov.cn/dxp";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    None,
    Ceb,
    Dxp,
    Signature,
    Other,
}

impl Namespace {
    fn of(uri: &str) -> Self {
        match uri {
            "" => Namespace::None,
            CEB => Namespace::Ceb,
            DXP => Namespace::Dxp,
            SIGNATURE => Namespace::Signature,
            _ => Namespace::Other,
        }
    }
}

struct Binding {
    /// Empty for the default namespace.
    prefix: String,
    namespace: Namespace,
    /// Nesting of the element that declares it.
    depth: usize,
}

/// The declarations that hold at the place reached.
#[derive(Default)]
pub(super) struct Namespaces {
    bindings: Vec<Binding>,
}

impl Namespaces {
    /// Takes a declaration; `prefix` is empty for the default namespace.
    pub(super) fn declare(
        &mut self,
        prefix: &str,
        uri: &str,
        depth: usize,
        most: usize,
    ) -> Result<(), Problem> {
        let reserved = prefix == "xmlns" || uri == XMLNS || (prefix == "xml") != (uri == XML);
        if reserved || (uri.is_empty() && !prefix.is_empty()) {
            return Err(Problem::Prefix);
        }
        if self.bindings.len() >= most {
            return Err(Problem::Namespaces(most));
        }
        self.bindings.push(Binding { prefix: prefix.to_owned(), namespace: Namespace::of(uri), depth });
        Ok(())
    }

    /// Forgets what an element of this nesting declared.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// The namespace of an element with this prefix, empty for none; `None` when nobody declared it.
    pub(super) fn of(&self, prefix: &str) -> Option<Namespace> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(binding.namespace),
            None if prefix.is_empty() => Some(Namespace::None),
            None if prefix == "xml" => Some(Namespace::Other),
            None => None,
        }
    }
}
