//! Compiles the facts with protox, so that no `protoc` is needed.

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILES: [&str; 23] = [
        "chengji/log/v1/access.proto",
        "chengji/log/v1/actor.proto",
        "chengji/log/v1/archive.proto",
        "chengji/log/v1/consent.proto",
        "chengji/log/v1/correction.proto",
        "chengji/log/v1/demand.proto",
        "chengji/log/v1/department.proto",
        "chengji/log/v1/entry.proto",
        "chengji/log/v1/envelope.proto",
        "chengji/log/v1/facts.proto",
        "chengji/log/v1/grant_rule.proto",
        "chengji/log/v1/notification.proto",
        "chengji/log/v1/matter.proto",
        "chengji/log/v1/position.proto",
        "chengji/log/v1/probe.proto",
        "chengji/log/v1/problem.proto",
        "chengji/log/v1/request.proto",
        "chengji/log/v1/return_flow.proto",
        "chengji/log/v1/rules.proto",
        "chengji/log/v1/seal.proto",
        "chengji/log/v1/stop.proto",
        "chengji/log/v1/terms.proto",
        "chengji/log/v1/usage.proto",
    ];
    const CONTRACT: &str = "../../proto";
    println!("cargo:rerun-if-changed={CONTRACT}/chengji/log");

    let mut compiler = protox::Compiler::new([CONTRACT])?;
    compiler.include_imports(true).include_source_info(true);
    for file in FILES {
        compiler.open_file(file)?;
    }
    let descriptors = compiler.encode_file_descriptor_set();
    let descriptors = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    prost_build::Config::new()
        .enable_type_names()
        .compile_fds(descriptors)?;
    Ok(())
}
