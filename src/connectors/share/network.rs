//! Whether a folder lies on another machine: then the system tells only about files that were made on this one.

use std::path::Path;

/// NFS, SMB, CIFS, SMB2, Ceph, AFS, 9p, Coda, and whatever a program of its own serves (sshfs, S3).
const REMOTE: &[u32] = &[
    0x6969,
    0x517B,
    0xFF53_4D42,
    0xFE53_4D42,
    0x00C3_6400,
    0x5346_414F,
    0x0102_1997,
    0x7375_7245,
    0x6573_5546,
];

/// By the number of its file system (statfs(2)). What cannot be asked counts as being here.
pub(super) fn is_remote(path: &Path) -> bool {
    let found = rustix::fs::statfs(path);
    // The number has 32 bits; its type differs between machines.
    found.is_ok_and(|it| REMOTE.contains(&((it.f_type as u64 & 0xFFFF_FFFF) as u32)))
}

#[cfg(test)]
mod tests {
    use super::is_remote;

    #[test]
    fn a_folder_of_this_machine_is_not_remote() {
        assert!(!is_remote(std::path::Path::new("/proc")));
        assert!(!is_remote(std::path::Path::new("/gibt/es/nicht")));
    }
}
