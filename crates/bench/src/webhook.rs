//! A webhook on a server, made as everybody makes one.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Problem;
use crate::client::{Client, Target, unexpected};

/// One that is told of everything from now on.
pub async fn enable(target: &Target, url: &str) -> Result<(), Problem> {
    let mut client = Client::connect(target).await?;
    let path = format!("{}/api/v1/webhooks", target.base_path);
    let attributes = json!({"name": "Benchmark", "url": url, "enabled-events": ["*"]});
    let body = json!({"data": {"attributes": attributes}}).to_string();
    let (status, answer) = client
        .send(Method::POST, &path, Some((body, "bench-webhook")))
        .await?;
    if status != StatusCode::CREATED {
        return Err(unexpected("a webhook", status, &answer).into());
    }
    let made: Value = serde_json::from_slice(&answer)?;
    let id = made["data"]["id"].as_str().ok_or("a webhook without id")?;
    let path = format!("{path}/{id}/enable");
    let (status, answer) = client
        .send(
            Method::POST,
            &path,
            Some(("{}".to_owned(), "bench-webhook-enabled")),
        )
        .await?;
    if status == StatusCode::OK {
        Ok(())
    } else {
        Err(unexpected("enabling a webhook", status, &answer).into())
    }
}
