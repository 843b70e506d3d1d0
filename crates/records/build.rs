//! Compiles the stored messages with protox, so that no `protoc` is needed.

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILES: [&str; 1] = ["chengji/store/v1/roster.proto"];
    const CONTRACT: &str = "../../proto";
    println!("cargo:rerun-if-changed={CONTRACT}/chengji/store");
    println!("cargo:rerun-if-changed={CONTRACT}/chengji/log");

    let mut compiler = protox::Compiler::new([CONTRACT])?;
    compiler.include_imports(true).include_source_info(true);
    for file in FILES {
        compiler.open_file(file)?;
    }
    let descriptors = compiler.encode_file_descriptor_set();
    let descriptors = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    prost_build::Config::new()
        .extern_path(".chengji.log.v1", "::chengji_log::v1")
        .extern_path(".google.protobuf.Timestamp", "::chengji_log::Timestamp")
        .compile_fds(descriptors)?;
    Ok(())
}
