//! A page that is looked at. When that ends, it must have asked for nothing and complained of nothing.

use std::{
    env, fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use end_to_end::browser::{Browser, Look};
use report::{Execution, Page, Reader, Run, Template};
use serde_json::{Value, json};

pub struct Visit {
    pub browser: Browser,
    address: String,
}

/// A result as the page draws it.
pub fn run(output: &Value, label: &str) -> Run {
    Reader::new().unwrap().read(&output.to_string(), label, &Execution::default()).unwrap().remove(0)
}

/// A file of this test.
pub fn scratch(name: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let directory = env::temp_dir().join(format!("power-tuner-report-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    directory.join(format!("{}-{name}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

/// The address of the page without results, as it is hosted.
pub fn site() -> String {
    let file = scratch("index.html");
    fs::write(&file, Template::embedded().unwrap().site()).unwrap();
    format!("file://{}", file.display())
}

/// The address of a new report.
fn written(runs: Vec<Run>) -> String {
    let file = scratch("report.html");
    fs::write(&file, Template::embedded().unwrap().fill(&Page { runs }).unwrap()).unwrap();
    format!("file://{}", file.display())
}

impl Visit {
    /// Opens a report.
    pub async fn of(runs: Vec<Run>, look: Look) -> Self {
        Self::to(&written(runs), look).await
    }

    /// Opens an address.
    pub async fn to(address: &str, look: Look) -> Self {
        let browser = Browser::start().await;
        browser.open(address, look).await;
        Self { browser, address: address.to_owned() }
    }

    /// Closes the page, and opens a report in the same browser.
    pub async fn then_of(&mut self, runs: Vec<Run>, look: Look) {
        self.then_to(&written(runs), look).await;
    }

    /// Closes the page, and opens an address in the same browser.
    pub async fn then_to(&mut self, address: &str, look: Look) {
        self.check().await;
        self.browser.open(address, look).await;
        address.clone_into(&mut self.address);
    }

    /// The size of the page's file, in bytes.
    pub fn size(&self) -> u64 {
        fs::metadata(self.address.trim_start_matches("file://")).unwrap().len()
    }

    /// The number of elements.
    pub async fn count(&self, selector: &str) -> usize {
        let count =
            self.browser.run_with("return document.querySelectorAll(arguments[0]).length", vec![json!(selector)]).await;
        usize::try_from(count.as_u64().unwrap()).unwrap()
    }

    /// The text of the first such element; empty if there is none.
    pub async fn text(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        self.browser.run_with(script, vec![json!(selector)]).await.as_str().unwrap().to_owned()
    }

    /// The cells of the rows of a table, but for its head.
    pub async fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(r => [...r.cells].map(c => c.innerText))";
        serde_json::from_value(self.browser.run_with(script, vec![json!(table)]).await).unwrap()
    }

    /// Moves a slider, or types a number.
    pub async fn set(&self, id: &str, value: f64) {
        let script = "const e = document.getElementById(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change'));";
        self.browser.run_with(script, vec![json!(id), json!(value.to_string())]).await;
    }

    /// Role and name of every control, as assistive technology is told of them.
    pub async fn controls(&self) -> Vec<(String, String)> {
        let nodes = self.browser.accessibility_tree().await;
        let controls = ["slider", "checkbox", "spinbutton", "button", "link", "table", "region"];
        let text = |node: &Value, what: &str| node[what]["value"].as_str().unwrap_or_default().to_owned();
        let named = nodes.iter().map(|node| (text(node, "role"), text(node, "name")));
        let found: Vec<_> = named.filter(|(role, _)| controls.contains(&role.as_str())).collect();
        assert!(found.len() > 8, "{found:?}");
        found
    }

    /// Closes the page.
    pub async fn end(self) {
        self.check().await;
    }

    async fn check(&self) {
        let own = self.address.split('#').next().unwrap();
        for request in self.browser.requests().await {
            let is_own = request.split('#').next() == Some(own) || request.starts_with("data:");
            assert!(is_own, "the page asked for {request}");
        }
        let loaded = self.browser.run("return performance.getEntriesByType('resource').length").await;
        assert_eq!(loaded, json!(0), "the page loaded something");
        assert_eq!(self.browser.console().await, Vec::<String>::new(), "of {}", self.address);
    }
}
