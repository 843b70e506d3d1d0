//! Generates, for each service of the contract, a trait of its rpcs as functions of a context and a
//! parsed message to a domain result, and the implementation of tonic's server trait by the one adapter.

use std::fmt::Write;

use prost_types::{FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto};

/// The code for all services of `package`.
pub fn generate(descriptors: &FileDescriptorSet, package: &str) -> String {
    let files = descriptors
        .file
        .iter()
        .filter(|file| file.package() == package);
    let mut code = String::new();
    for service in files.flat_map(|file| &file.service) {
        let rpcs: Vec<Rpc> = service.method.iter().map(|m| Rpc::of(m, package)).collect();
        // Writing to a string does not fail.
        let _ = service_trait(&mut code, service, &rpcs);
        let _ = adapter(&mut code, service, &rpcs);
    }
    code
}

/// An rpc, by the names of the generated code.
struct Rpc {
    name: String,
    function: String,
    request: String,
    response: String,
    takes_stream: bool,
    gives_stream: bool,
}

impl Rpc {
    fn of(method: &MethodDescriptorProto, package: &str) -> Self {
        let message = |name: &str| {
            let name = name.strip_prefix(&format!(".{package}.")).unwrap_or(name);
            format!("v1::{name}")
        };
        Self {
            name: method.name().to_owned(),
            function: snake_case(method.name()),
            request: message(method.input_type()),
            response: message(method.output_type()),
            takes_stream: method.client_streaming(),
            gives_stream: method.server_streaming(),
        }
    }

    fn request(&self) -> String {
        let request = &self.request;
        match self.takes_stream {
            true => format!("Messages<{request}>"),
            false => format!("<{request} as Parse>::Parsed"),
        }
    }

    fn response(&self) -> String {
        let response = &self.response;
        match self.gives_stream {
            true => format!("Answers<<{response} as Respond>::Answer>"),
            false => format!("<{response} as Respond>::Answer"),
        }
    }
}

fn service_trait(
    code: &mut String,
    service: &ServiceDescriptorProto,
    rpcs: &[Rpc],
) -> std::fmt::Result {
    let name = service.name();
    writeln!(
        code,
        "/// The rpcs of `{name}`, which the contract documents. `C` is what the gate says of a call.\n\
         pub trait {name}<C>: Send + Sync + 'static {{"
    )?;
    for rpc in rpcs {
        let (function, request, response) = (&rpc.function, rpc.request(), rpc.response());
        writeln!(
            code,
            "/// `{name}.{}`.\n\
             fn {function}(&self, context: C, request: {request}) \
             -> impl Future<Output = Result<{response}>> + Send;",
            rpc.name
        )?;
    }
    writeln!(code, "}}\n")
}

fn adapter(code: &mut String, service: &ServiceDescriptorProto, rpcs: &[Rpc]) -> std::fmt::Result {
    let name = service.name();
    let module = format!("v1::{}_server", snake_case(name));
    writeln!(
        code,
        "#[tonic::async_trait]\n\
         impl<S: {name}<C>, C: Context> {module}::{name} for Adapter<S, C> {{"
    )?;
    for rpc in rpcs {
        let Rpc {
            name: rpc_name,
            function,
            request,
            response,
            ..
        } = rpc;
        let (wire, receive) = match rpc.takes_stream {
            true => (format!("Streaming<{request}>"), "receive_stream"),
            false => (request.clone(), "receive"),
        };
        let (answer, send) = match rpc.gives_stream {
            true => {
                writeln!(code, "type {rpc_name}Stream = Statuses<{response}>;")?;
                (format!("Statuses<{response}>"), "send_stream")
            }
            false => (response.clone(), "send"),
        };
        writeln!(
            code,
            "async fn {function}(&self, request: Request<{wire}>) \
             -> Result<Response<{answer}>, Status> {{\n\
             let (context, request) = {receive}(request)?;\n\
             {send}::<{response}>(self.service.{function}(context, request).await)\n}}"
        )?;
    }
    writeln!(
        code,
        "}}\n\n\
         impl<S, C> MessageLimit for {module}::{name}Server<Adapter<S, C>> {{\n\
         fn with_message_limit(self, most: usize) -> Self {{\n\
         self.max_decoding_message_size(most)\n}}\n}}\n"
    )
}

/// `ListCities` as `list_cities`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
