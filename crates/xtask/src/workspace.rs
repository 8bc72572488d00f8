//! The workspace on disk: what cargo and git say about it, and its files.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::arrows::{Dependency, Kind};
use crate::licences::Package;
use crate::manifests;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) struct Workspace {
    root: PathBuf,
    metadata: Metadata,
}

impl Workspace {
    /// Asks cargo about the workspace of this crate.
    pub(crate) fn open() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .other_options(vec!["--locked".to_owned()])
            .exec()?;
        Ok(Self { root: metadata.workspace_root.clone().into_std_path_buf(), metadata })
    }

    /// A file, by its path from the root.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}").into())
    }

    /// Every dependency that a member declares, with the line of its manifest.
    pub(crate) fn dependencies(&self) -> Result<Vec<Dependency>> {
        let mut found = Vec::new();
        for package in self.metadata.workspace_packages() {
            let path = self.relative(package.manifest_path.as_std_path());
            let text = self.read(&path)?;
            for dependency in &package.dependencies {
                found.push(Dependency {
                    from: package.name.to_string(),
                    to: dependency.name.clone(),
                    kind: match dependency.kind {
                        DependencyKind::Development => Kind::Test,
                        _ => Kind::Normal,
                    },
                    line: manifests::line_of(&text, dependency.rename.as_ref().unwrap_or(&dependency.name)),
                    manifest: path.clone(),
                });
            }
        }
        Ok(found)
    }

    /// The members' manifests: path and text.
    pub(crate) fn manifests(&self) -> Result<Vec<(String, String)>> {
        self.metadata
            .workspace_packages()
            .iter()
            .map(|package| self.relative(package.manifest_path.as_std_path()))
            .map(|path| Ok((path.clone(), self.read(&path)?)))
            .collect()
    }

    /// Every package that is not a member, for any platform, with its line of Cargo.lock.
    pub(crate) fn packages(&self) -> Result<Vec<Package>> {
        let lock = self.read("Cargo.lock")?;
        let members: BTreeSet<_> = self.metadata.workspace_members.iter().collect();
        Ok(self
            .metadata
            .packages
            .iter()
            .filter(|package| !members.contains(&package.id))
            .map(|package| {
                let (name, version) = (package.name.to_string(), package.version.to_string());
                let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
                let line = lock.find(&entry).map_or(1, |at| lock[..at].lines().count() + 1);
                Package { name, version, licence: package.license.clone(), line }
            })
            .collect())
    }

    /// The Rust files that git knows or would take: path and text.
    pub(crate) fn rust_files(&self) -> Result<Vec<(String, String)>> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"])
            .current_dir(&self.root)
            .output()
            .map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let paths: BTreeSet<String> =
            String::from_utf8(output.stdout)?.split_terminator('\0').map(str::to_owned).collect();
        paths
            .into_iter()
            // git still lists what was removed and not yet committed.
            .filter(|path| self.root.join(path).is_file())
            .map(|path| Ok((path.clone(), self.read(&path)?)))
            .collect()
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}
