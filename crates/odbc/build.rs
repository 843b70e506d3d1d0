//! Makes what the linker takes for the driver manager, so that the program can be built on a machine that has none: a
//! library of the same name that declares its functions. The program loads the real one (unixODBC) when it starts.

use std::error::Error;
use std::path::PathBuf;

/// The functions, in C.
const FUNCTIONS: &str = "build/functions.c";
/// The file that the linker looks for. The program looks for the name that is written in it, `libodbc.so.2`.
const LIBRARY: &str = "libodbc.so";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={FUNCTIONS}");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let compiler = cc::Build::new().try_get_compiler()?;
    let made = compiler
        .to_command()
        .args(["-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libodbc.so.2"])
        .arg(FUNCTIONS)
        .arg("-o")
        .arg(out.join(LIBRARY))
        .status()?;
    if !made.success() {
        return Err(format!("the compiler of C ended with {made}").into());
    }
    println!("cargo:rustc-link-search=native={}", out.display());
    Ok(())
}
