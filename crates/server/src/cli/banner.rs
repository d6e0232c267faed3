//! What `selfsame dev` prints: the links to try, the keys, where the data is. In colour on a terminal.

use std::io::IsTerminal as _;
use std::path::Path;

use super::dev::DevEnvironment;

pub fn print(environment: &DevEnvironment, data: &Path) {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    print!("{}", text(environment, data, colour));
}

fn text(environment: &DevEnvironment, data: &Path, colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let title = |text: &str| paint("1;36", text);
    let link = |text: &str| paint("4", text);
    let faint = |text: &str| paint("2", text);
    let DevEnvironment {
        url,
        template_id,
        sandbox_environment_id,
        sandbox_api_key,
        production_api_key,
        ..
    } = environment;
    let hosted = format!(
        "{url}/verify?inquiry-template-id={template_id}&environment-id={sandbox_environment_id}&reference-id=user-42"
    );
    let host = url.trim_start_matches("http://");
    format!(
        "\n{heading} is running at {address}\n\n\
         {try_it}\n  \
         Hosted link   {hosted}\n  \
         Embed demo    {demo}\n  \
         Webhooks      {webhooks}\n  \
         In your page  new Persona.Client({{ host: '{host}', templateId: '{template_id}',\n                  \
         environmentId: '{sandbox_environment_id}', referenceId: 'user-42', onReady: () => client.open() }})\n  \
         Server API    curl '{url}/api/v1/inquiries?filter[reference-id]=user-42' -g \\\n                  \
         -H 'Authorization: Bearer {sandbox_api_key}'\n\n\
         {keys}\n  \
         Sandbox       {sandbox_api_key}\n  \
         Production    {production_api_key}\n\n\
         {files}\n  \
         Data          {data}\n  \
         For scripts   {env_file}\n\n\
         {stop}\n\n",
        heading = paint("1", "Selfsame"),
        address = link(url),
        try_it = title("Try it"),
        hosted = link(&hosted),
        demo = link(&format!("{url}/demo")),
        webhooks = link(&format!("{url}/webhooks")),
        keys = title("API keys"),
        files = title("Files"),
        data = data.display(),
        env_file = data.join("dev.env").display(),
        stop = faint("Ctrl-C stops it; the data stays."),
    )
}
