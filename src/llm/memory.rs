//! How much memory a process has had.

/// The most resident memory of a process of this machine, in bytes (proc(5), `VmHWM`); `None` when there is no such
/// process. It counts what is resident of mapped files too.
pub fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_memory_and_none_has_the_number_0() {
        assert!(super::peak(std::process::id()).unwrap() > 1 << 20);
        assert_eq!(super::peak(0), None);
    }
}
