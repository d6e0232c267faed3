//! Serving.

use std::sync::OnceLock;

use metrics_exporter_prometheus::PrometheusHandle;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

pub fn metrics_handle() -> Option<&'static PrometheusHandle> {
    METRICS.get()
}
