//! Compiles the stored messages with protox, so that no `protoc` is needed.

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILES: [&str; 16] = [
        "chengji/store/v1/access.proto",
        "chengji/store/v1/catalogue.proto",
        "chengji/store/v1/consent.proto",
        "chengji/store/v1/coordinator.proto",
        "chengji/store/v1/department.proto",
        "chengji/store/v1/delivery.proto",
        "chengji/store/v1/follow.proto",
        "chengji/store/v1/notification.proto",
        "chengji/store/v1/matter.proto",
        "chengji/store/v1/probe.proto",
        "chengji/store/v1/rate.proto",
        "chengji/store/v1/request.proto",
        "chengji/store/v1/return_flow.proto",
        "chengji/store/v1/roster.proto",
        "chengji/store/v1/usage.proto",
        "chengji/store/v1/rules.proto",
    ];
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
        .compile_fds(descriptors)?;
    Ok(())
}
