//! The published table's uuids: one half from the relation, one from the subject's Q-id.

use std::collections::HashMap;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Hex digits of a hash in one half.
const HALF: usize = 15;

/// Wikidata has some 13,000 properties.
const PROPERTIES: std::ops::RangeInclusive<u32> = 1..=20_000;

/// The uuid of a subject's fact; the Q-id may be its text, where none is known.
pub(super) fn uuid(relation: &str, subject: &str) -> String {
    format!("{}-{}", half(relation), half(subject))
}

fn half(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..HALF].to_owned()
}

/// The Wikidata property whose facts have such uuids, `P36`; `None` for uuids of other data.
pub(crate) fn relation_of_uuid(uuid: &str) -> Option<String> {
    static BY_HALF: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
        PROPERTIES
            .map(|number| (half(&format!("P{number}")), number))
            .collect()
    });
    let (relation, _) = uuid.split_once('-')?;
    let number = BY_HALF.get(relation)?;
    Some(format!("P{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_tells_its_relation() {
        // Python: hashlib.sha256(b"P19").hexdigest()[:15]
        assert_eq!(
            relation_of_uuid("e772dad2b624394-3fd250adb8ee9bd").as_deref(),
            Some("P19")
        );
        assert_eq!(
            relation_of_uuid(&uuid("P1412", "Q142")).as_deref(),
            Some("P1412")
        );
        assert_eq!(relation_of_uuid("e772dad2b624394"), None);
        assert_eq!(relation_of_uuid("webqa-1"), None);
    }
}
