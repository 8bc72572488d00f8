//! Compiles every proto of the workspace with protox: no protoc needed.
use std::fmt::Write as _;
use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn protos(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            protos(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "proto") {
            found.push(path);
        }
    }
    Ok(())
}

/// Says of each message with a `request_id` that it is a write, of each with an `order_by` that it asks for a list, of each
/// with a `known_at` that it reads at a moment: the traits are ours, the messages too, and so it has to stand in this crate.
fn requests(set: &prost_types::FileDescriptorSet) -> String {
    let mut code = String::new();
    for file in &set.file {
        let path = file.package().replace('.', "::");
        for message in &file.message_type {
            let has = |name: &str| message.field.iter().any(|field| field.name() == name);
            let as_of = if has("as_of") { "&self.as_of" } else { "\"\"" };
            let known_at = if has("known_at") { "&self.known_at" } else { "\"\"" };
            if has("order_by") {
                let name = message.name();
                let _ = write!(
                    code,
                    "impl ListRequest for crate::{path}::{name} {{\n    fn page_size(&self) -> i32 {{ self.page_size }}\n    \
                     fn page_token(&self) -> &str {{ &self.page_token }}\n    fn filter(&self) -> &str {{ &self.filter }}\n    \
                     fn order_by(&self) -> &str {{ &self.order_by }}\n    fn moment(&self) -> [&str; 2] {{ [{as_of}, {known_at}] }}\n}}\n"
                );
            }
            if has("known_at") && has("wait_for") {
                let name = message.name();
                let _ = write!(
                    code,
                    "impl ReadRequest for crate::{path}::{name} {{\n    fn wait_for(&self) -> &[String] {{ &self.wait_for }}\n    \
                     fn as_of(&self) -> &str {{ {as_of} }}\n    fn known_at(&self) -> &str {{ &self.known_at }}\n}}\n"
                );
            }
            if has("request_id") {
                let (name, full) = (message.name(), format!("{}.{}", file.package(), message.name()));
                let _ = write!(
                    code,
                    "impl WriteRequest for crate::{path}::{name} {{\n    const NAME: &'static str = \"{full}\";\n    \
                     fn request_id(&self) -> &str {{ &self.request_id }}\n    \
                     fn take_wait_for(&mut self) -> Vec<String> {{ std::mem::take(&mut self.wait_for) }}\n}}\n"
                );
            }
        }
    }
    code
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    protos(&root.join("jixiao"), &mut files)?;
    files.sort();
    let mut compiler = protox::Compiler::new([root.join("third_party"), root.clone()])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let set = compiler.file_descriptor_set();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("requests.rs"), requests(&set))?;
    // As protox writes them, options of fields are in them; prost's own types have no place for those.
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    // Maps are ordered, so that the bytes of a message, and a hash of them, depend on nothing but its content.
    let mut config = prost_build::Config::new();
    config.btree_map(["."]).enable_type_names();
    tonic_prost_build::configure()
        .build_transport(false)
        .include_file("all.rs")
        .compile_fds_with_config(set, config)?;
    Ok(())
}
