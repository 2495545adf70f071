//! Dovecot with a configuration of its own.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Account, PASSWORD, PEOPLE};

pub(super) fn configure(root: &Path, account: &Account, [imap, imaps]: [u16; 2], more: &str) {
    let users: String =
        PEOPLE.iter().map(|name| format!("{name}:{{PLAIN}}{PASSWORD}::::::\n")).collect();
    fs::write(root.join("users"), users).unwrap();
    let (uid, gid) = (account.uid, account.gid);
    let root_name = root.display();
    let mut config = format!(
        r"base_dir = {root_name}/run
state_dir = {root_name}/run
log_path = {root_name}/log/dovecot
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{root_name}/certificate.pem
ssl_key = <{root_name}/key.pem
mail_location = maildir:{root_name}/home/%n/Maildir
first_valid_uid = 1
mail_max_userip_connections = 100
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = username_format=%n {root_name}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root_name}/home/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    special_use = \Drafts
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{more}
"
    );
    if !account.is_root {
        let (name, group) = (&account.name, &account.group);
        let keys = ["default_internal_user", "default_login_user"];
        for key in keys {
            writeln!(config, "{key} = {name}").unwrap();
        }
        writeln!(config, "default_internal_group = {group}").unwrap();
    }
    fs::write(root.join("dovecot.conf"), config).unwrap();
}

pub(super) fn command(root: &Path) -> Command {
    let mut command = Command::new("/usr/sbin/dovecot");
    command.arg("-F").arg("-c").arg(root.join("dovecot.conf"));
    command
}
