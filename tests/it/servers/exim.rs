//! Exim with a configuration of its own: it delivers into the folders that Dovecot serves.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Account, PASSWORD, PEOPLE};

pub(super) fn configure(root: &Path, account: &Account, [plain, tls]: [u16; 2]) {
    // Exim takes no name from a stranger as part of a path: it is looked up in this list.
    let known: String = PEOPLE.iter().map(|name| format!("{name}: {name}\n")).collect();
    fs::write(root.join("known"), known).unwrap();
    let (name, group) = (&account.name, &account.group);
    let people = PEOPLE.join(" : ");
    let root_name = root.display();
    let config = format!(
        r"primary_hostname = localhost
spool_directory = {root_name}/spool
log_file_path = {root_name}/log/exim-%slog
pid_file_path = {root_name}/run/exim.pid
exim_user = {name}
exim_group = {group}
deliver_drop_privilege = true
never_users =
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {plain} : {tls}
tls_on_connect_ports = {tls}
domainlist local_domains = stadt.example : post.example
acl_smtp_rcpt = people
acl_smtp_data = accept
tls_advertise_hosts = *
tls_certificate = {root_name}/certificate.pem
tls_privatekey = {root_name}/key.pem
host_lookup =
rfc1413_hosts =
begin acl
people:
  deny message = no such person
       !verify = recipient
  accept
begin routers
people:
  driver = accept
  domains = +local_domains
  local_parts = {people}
  transport = maildir
broken:
  driver = accept
  domains = +local_domains
  local_parts = kaputt
  transport = broken
begin transports
maildir:
  driver = appendfile
  directory = {root_name}/home/${{lookup{{$local_part}}lsearch{{{root_name}/known}}}}/Maildir
  create_directory
  maildir_format
  user = {name}
  group = {group}
broken:
  driver = pipe
  command = /bin/false
  user = {name}
  group = {group}
begin retry
* * F,2h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{amt}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
"
    );
    fs::write(root.join("exim.conf"), config).unwrap();
}

pub(super) fn command(root: &Path) -> Command {
    let mut command = Command::new("/usr/sbin/exim4");
    command.arg("-C").arg(root.join("exim.conf")).arg("-bdf");
    command
}
