//! Compiles the contract with protox, so that no `protoc` is needed.

#[path = "build/services.rs"]
mod services;

use std::path::PathBuf;

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const FILES: [&str; 36] = [
        "chengji/v1/access.proto",
        "chengji/v1/broker.proto",
        "chengji/v1/catalogue.proto",
        "chengji/v1/correction.proto",
        "chengji/v1/delegation.proto",
        "chengji/v1/delivery.proto",
        "chengji/v1/demand.proto",
        "chengji/v1/department.proto",
        "chengji/v1/directory.proto",
        "chengji/v1/entry.proto",
        "chengji/v1/entry_lifecycle.proto",
        "chengji/v1/grant_rule.proto",
        "chengji/v1/import.proto",
        "chengji/v1/jurisdiction.proto",
        "chengji/v1/log.proto",
        "chengji/v1/matter.proto",
        "chengji/v1/mount.proto",
        "chengji/v1/notification.proto",
        "chengji/v1/page.proto",
        "chengji/v1/policy.proto",
        "chengji/v1/probe.proto",
        "chengji/v1/proposal.proto",
        "chengji/v1/rate.proto",
        "chengji/v1/report.proto",
        "chengji/v1/request.proto",
        "chengji/v1/request_move.proto",
        "chengji/v1/request_view.proto",
        "chengji/v1/return_flow.proto",
        "chengji/v1/rules.proto",
        "chengji/v1/search.proto",
        "chengji/v1/source.proto",
        "chengji/v1/statistics.proto",
        "chengji/v1/status.proto",
        "chengji/v1/stop.proto",
        "chengji/v1/usage.proto",
        "chengji/v1/todo.proto",
    ];
    println!("cargo:rerun-if-changed=chengji");
    println!("cargo:rerun-if-changed=build");

    let mut compiler = protox::Compiler::new(["."])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(FILES)?;
    // Encoded by the compiler itself, since the parsed form drops the policy options.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), &descriptors)?;

    let mut config = tonic_prost_build::Config::new();
    config
        .enable_type_names()
        .extern_path(".chengji.log.v1", "::chengji_log::v1")
        .boxed(".chengji.v1.SubmitResponse.made")
        .boxed(".chengji.v1.ReturnFlowMade.made")
        .bytes([".chengji.v1.LogItem", ".chengji.v1.Chunk"]);
    let descriptors = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    let services = services::generate(&descriptors, "chengji.v1");
    std::fs::write(out.join("services.rs"), services)?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::BoundedCodec")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
