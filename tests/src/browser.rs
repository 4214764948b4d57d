//! A headless Chromium, driven by chromedriver.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, error::WebDriverResult,
};

/// chromedriver with one browser.
pub struct Browser {
    driver: WebDriver,
    process: Child,
}

/// The way in which a page is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Width of the window, in CSS pixels.
    pub width: u32,
    /// Height of the window.
    pub height: u32,
    /// `light` or `dark`.
    pub scheme: &'static str,
    /// `screen` or `print`.
    pub media: &'static str,
}

impl Look {
    /// A window on a desk.
    pub const DESK: Self = Self { width: 1200, height: 900, scheme: "light", media: "screen" };
    /// A phone.
    pub const PHONE: Self = Self { width: 375, height: 720, scheme: "light", media: "screen" };

    /// The same in the dark.
    #[must_use]
    pub fn dark(self) -> Self {
        Self { scheme: "dark", ..self }
    }
}

impl Browser {
    /// Starts both, on a port that is free.
    pub async fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver starts; on Debian: apt-get install chromium chromium-driver");
        let said = BufReader::new(process.stdout.take().unwrap());
        let port = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok())
            .expect("chromedriver says its port");
        let mut capabilities = DesiredCapabilities::chrome();
        // Without a sandbox, as tests often run as root in a container; what is opened is this repository's own page.
        for argument in
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-gpu"]
        {
            capabilities.add_arg(argument).unwrap();
        }
        for log in ["browser", "performance"] {
            capabilities.set_logging_prefs(log, LoggingPrefsLogLevel::All).unwrap();
        }
        let driver = WebDriver::new(&format!("http://127.0.0.1:{port}"), capabilities).await.expect("Chromium starts");
        Self { driver, process }
    }

    /// Opens a page, and waits until it has drawn itself.
    pub async fn open(&self, address: &str, look: Look) {
        self.look(look).await;
        // A page of which only the fragment is another one would stay as it is.
        self.driver.goto("about:blank").await.unwrap();
        self.drain("browser").await;
        self.drain("performance").await;
        self.driver.goto(address).await.unwrap();
        let ready = "const done = arguments[0]; const look = () => document.documentElement.dataset.ready ? requestAnimationFrame(() => done(true)) : setTimeout(look, 5); look();";
        self.driver.execute_async(ready, vec![]).await.unwrap();
    }

    /// Looks at the page in another way.
    pub async fn look(&self, look: Look) {
        let size = json!({"width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let media = json!({"media": look.media, "features": [{"name": "prefers-color-scheme", "value": look.scheme}]});
        self.cdp("Emulation.setEmulatedMedia", media).await.unwrap();
    }

    /// Runs a script, and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.run_with(script, vec![]).await
    }

    /// Runs a script with arguments, and returns what it returns.
    pub async fn run_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// Presses a key where the focus is: `Tab`, `ArrowRight`.
    pub async fn press(&self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => panic!("the key {key} is not known here"),
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.cdp("Input.dispatchKeyEvent", event).await.unwrap();
        }
    }

    /// The addresses that the page has asked for, but for its own.
    pub async fn requests(&self) -> Vec<String> {
        let events = self.drain("performance").await;
        let messages = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap()["message"].clone());
        let sent = messages.filter(|message| message["method"] == "Network.requestWillBeSent");
        let addresses = sent.map(|message| message["params"]["request"]["url"].as_str().unwrap().to_owned());
        addresses.collect()
    }

    /// The messages in the console.
    pub async fn console(&self) -> Vec<String> {
        self.drain("browser").await
    }

    /// The tree that assistive technology is told of the page: the nodes of `Accessibility.getFullAXTree`.
    pub async fn accessibility_tree(&self) -> Vec<Value> {
        let tree = self.cdp("Accessibility.getFullAXTree", json!({})).await.unwrap();
        tree["nodes"].as_array().unwrap().clone()
    }

    /// The page on paper: a PDF, in base64.
    pub async fn print(&self) -> String {
        self.cdp("Page.printToPDF", json!({})).await.unwrap()["data"].as_str().unwrap().to_owned()
    }

    async fn drain(&self, log: &str) -> Vec<String> {
        let entries = self.driver.get_log(log).await.unwrap();
        entries.into_iter().map(|entry| entry.message).collect()
    }

    async fn cdp(&self, command: &str, parameters: Value) -> WebDriverResult<Value> {
        self.driver.cdp().send_raw(command, parameters).await
    }

    /// A picture of the window.
    pub async fn picture(&self, file: &Path) {
        self.driver.screenshot(file).await.unwrap();
    }
}

impl Drop for Browser {
    /// Ends both, at once: chromedriver would wait for connections that nobody closes.
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.process.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.process.wait();
        // There is no session left to end.
        let _ = self.driver.clone().leak();
    }
}
