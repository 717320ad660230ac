//! Who is at the other end of the socket, by the system's word.

use std::fs;

/// Where the system keeps its users.
const USERS: &str = "/etc/passwd";

/// The name of a user of this machine, with the number where there is none.
pub(super) fn user(uid: u32) -> String {
    let users = fs::read_to_string(USERS).unwrap_or_default();
    name_in(&users, uid).unwrap_or_else(|| format!("user {uid}"))
}

/// `name:password:uid:…`, one a line.
fn name_in(users: &str, uid: u32) -> Option<String> {
    let named = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let known: u32 = fields.nth(1)?.parse().ok()?;
        let is_plain = !name.is_empty() && !name.contains(char::is_control);
        (known == uid && is_plain).then(|| name.to_string())
    };
    users.lines().find_map(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_name_or_a_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\n\nodd\nann:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_in(users, 1000).as_deref(), Some("ann"));
        assert_eq!(name_in(users, 7), None);
        assert_eq!(user(u32::MAX - 9), format!("user {}", u32::MAX - 9));
    }
}
