//! The dashboard: cost, duration and memory of each function beside what tuning has measured, and the runs themselves.

use serde_json::{Value, json};
use tuning::price::Currency;

use crate::{
    metric::{Metric, namespace},
    watched::{Figures, Monitoring, Watched},
};

/// The columns of a dashboard, as CloudWatch lays it out.
const COLUMNS: usize = 24;
/// The rows that a widget takes.
const HEIGHT: usize = 6;
/// The rows of the text at the top.
const TEXT: usize = 2;

const HELP: &str = "Made by `power-tuner monitor`; changes made here are lost when it is deployed again. Only reports \
                    of the functions' own memory sizes are counted, not those of runs that measure others.";

/// The body of the dashboard.
pub fn body(monitoring: &Monitoring) -> String {
    let text = json!({
        "type": "text", "x": 0, "y": 0, "width": COLUMNS, "height": TEXT, "properties": { "markdown": HELP },
    });
    let rows = monitoring.functions.iter().map(|function| row(function, monitoring));
    let rows = rows.chain([runs(monitoring)]).enumerate().flat_map(|(number, widgets)| {
        let width = COLUMNS / widgets.len().max(1);
        widgets.into_iter().enumerate().map(move |(column, properties)| {
            json!({
                "type": "metric",
                "x": column * width,
                "y": TEXT + number * HEIGHT,
                "width": width,
                "height": HEIGHT,
                "properties": properties,
            })
        })
    });
    let widgets: Vec<Value> = [text].into_iter().chain(rows).collect();
    json!({ "widgets": widgets }).to_string()
}

/// The name of a currency.
pub fn currency(currency: Currency) -> &'static str {
    match currency {
        Currency::Usd => "USD",
        Currency::Cny => "CNY",
        Currency::Eur => "EUR",
    }
}

/// The widgets of a function.
fn row(function: &Watched, monitoring: &Monitoring) -> Vec<Value> {
    let Monitoring { region, .. } = monitoring;
    let name = &function.name;
    let (namespace, memory) = (namespace(name), function.memory.megabytes());
    if function.reports.is_none() {
        let of = |statistic: &str| json!(["AWS/Lambda", "Duration", "FunctionName", name, { "stat": statistic }]);
        let title = format!("{name}: duration (ms)");
        return vec![widget(region, &title, 3600, &json!([of("p50"), of("p95")]), &[])];
    }
    let of = |metric: Metric, more: Value| json!([namespace, metric.name(), more]);
    let price = rounded(function.per_millisecond() * 1e6);
    let cost = json!([
        [{ "expression": format!("billed * {price}"), "label": "average", "id": "cost" }],
        of(Metric::BilledDuration, json!({ "stat": "Average", "id": "billed", "visible": false })),
    ]);
    let percentile = |stat: &str| of(Metric::Duration, json!({ "stat": stat, "label": stat }));
    let duration = json!([percentile("p50"), percentile("p95")]);
    let used = json!([of(Metric::MemoryUsed, json!({ "stat": "Maximum" }))]);
    let sizes = vec![line("memory size", f64::from(memory)), line("90 %", 0.9 * f64::from(memory))];
    let money = currency(monitoring.currency);
    vec![
        widget(
            region,
            &format!("{name}: cost per million ({money})"),
            3600,
            &cost,
            &tuned(function, |of| 1e6 * of.cost.0),
        ),
        widget(region, &format!("{name}: duration (ms)"), 3600, &duration, &tuned(function, |of| of.duration.0)),
        widget(region, &format!("{name}: memory used (MB)"), 300, &used, &sizes),
    ]
}

/// Lines at what tuning has measured.
fn tuned(function: &Watched, of: impl Fn(&Figures) -> f64) -> Vec<Value> {
    let Some(tuned) = &function.tuned else { return Vec::new() };
    let before = tuned.before.as_ref().map(|before| line("before tuning", of(before)));
    [line("tuned", of(&tuned.at_winner))].into_iter().chain(before).collect()
}

/// The widgets of the runs in the region, which write their metrics in the namespace `PowerTuner` themselves.
fn runs(monitoring: &Monitoring) -> Vec<Value> {
    let search = |name: &str, label: &str| {
        let search = format!("SEARCH('{{PowerTuner,FunctionName,Strategy}} MetricName=\"{name}\"', 'Average', 86400)");
        json!([{ "expression": search, "label": format!("{label}${{PROP('Dim.FunctionName')}}") }])
    };
    let money = currency(monitoring.currency);
    let cost = [("CostPerMillionBefore", "before: "), ("CostPerMillionAtWinner", "tuned: ")];
    let duration = [("DurationBefore", "before: "), ("DurationAtWinner", "tuned: ")];
    let both = |of: [(&str, &str); 2]| of.map(|(name, label)| search(name, label)).into_iter().collect::<Value>();
    let widget = |title: &str, metrics: &Value| widget(&monitoring.region, title, 86400, metrics, &[]);
    vec![
        widget(&format!("Runs: cost per million ({money})"), &both(cost)),
        widget("Runs: duration (ms)", &both(duration)),
        widget("Runs: saving (%)", &json!([search("Saving", "")])),
    ]
}

fn widget(region: &str, title: &str, period: u32, metrics: &Value, lines: &[Value]) -> Value {
    let mut properties = json!({
        "title": title, "region": region, "view": "timeSeries", "period": period, "metrics": metrics,
        "yAxis": { "left": { "min": 0 } },
    });
    if let Some(object) = properties.as_object_mut().filter(|_| !lines.is_empty()) {
        object.insert("annotations".to_owned(), json!({ "horizontal": lines }));
    }
    properties
}

fn line(label: &str, value: f64) -> Value {
    json!({ "label": label, "value": rounded(value) })
}

/// As people read it: without what computing has added far behind the point.
fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}
