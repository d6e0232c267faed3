//! Operations of our own, below an address that the original has nothing at, so that no later version of it can mean
//! something else by them. They behave as all others do: keys, permissions, limits, pages.

use super::{
    ACCOUNT_READ, Answers, EVENT_READ, INQUIRY_READ, Operation, WEBHOOK_AND_EVENT_READ,
    WEBHOOK_READ, WEBHOOK_WRITE,
};
use crate::api::{delivery, importer, template};

/// Below which these are.
pub const ROOT: &str = "/api/selfsame/v1";

operations! {
    EXTENSIONS:
    Get "/importers/{importer-id}/rows" ACCOUNT_READ, 200 Answers::Downward("importer-row", importer::ROW_FILTERS), "list-the-rows-of-an-importer" "List what became of the rows of an importer" &[] => importer::rows;
    Get "/inquiry-template-versions/{inquiry-template-version-id}" INQUIRY_READ, 200 Answers::One("inquiry-template-version"), "retrieve-an-inquiry-template-version" "Retrieve a version of an inquiry template" &[] => template::show_version;

    Get "/events" EVENT_READ, 200 Answers::After("event"), "list-events-after-a-sequence" "List the events after a number" &[] => delivery::events_after;
    Get "/webhooks/{webhook-id}/deliveries" WEBHOOK_READ, 200 Answers::Page("webhook-event", delivery::FILTERS), "list-the-deliveries-of-a-webhook" "List what became of each event" &[] => delivery::list;
    Get "/webhooks/{webhook-id}/deliveries/{delivery-id}" WEBHOOK_READ, 200 Answers::One("webhook-event"), "retrieve-a-delivery-of-a-webhook" "Retrieve a delivery" &[] => delivery::show;
    Post "/webhooks/{webhook-id}/deliveries/{delivery-id}/retry" WEBHOOK_WRITE, 200 Answers::One("webhook-event"), "retry-a-delivery-of-a-webhook" "Send a delivery once more, at once" &[] => delivery::retry;
    Post "/webhooks/{webhook-id}/replay" WEBHOOK_WRITE, 200 Answers::One("webhook-replay"), "replay-events-to-a-webhook" "Send events again" &[] => delivery::replay;
    Post "/webhooks/{webhook-id}/simulate" WEBHOOK_AND_EVENT_READ, 200 Answers::One("webhook-simulation"), "simulate-a-delivery-to-a-webhook" "Show what a webhook would be sent" &[] => delivery::simulate;
    Post "/webhooks/{webhook-id}/send-sample" WEBHOOK_WRITE, 200 Answers::One("webhook-sample"), "send-a-sample-to-a-webhook" "Send a sample event" &[] => delivery::send_sample;
}
