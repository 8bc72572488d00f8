//! The lock of a data folder: one server per folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::failure::Failure;
use crate::language::Language;
use crate::text::error as text;

/// The file that says which server a folder belongs to.
const LOCK: &str = "jixiao.lock";

/// Takes a folder for this process, until the file is dropped or the process ends, however it ends.
pub(super) fn lock(folder: &Path, language: Language) -> Result<File, Failure> {
    let unusable = |error: io::Error| Failure::Local(text::folder_fault(language, folder.display(), error));
    fs::create_dir_all(folder).map_err(unusable)?;
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => text::process_unknown(language),
                id => text::process(language, id),
            };
            return Err(Failure::Local(text::folder_locked(language, folder.display(), holder)));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    file.set_len(0).map_err(unusable)?;
    file.seek(SeekFrom::Start(0)).map_err(unusable)?;
    writeln!(file, "{}", std::process::id()).map_err(unusable)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_per_folder() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path(), Language::English).unwrap();
        let Err(Failure::Local(said)) = lock(folder.path(), Language::English) else {
            panic!("locked twice")
        };
        assert!(said.contains(&std::process::id().to_string()), "{said}");
        drop(held);
        lock(folder.path(), Language::English).unwrap();
    }
}
