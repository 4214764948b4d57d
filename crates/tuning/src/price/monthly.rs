//! The monthly cost of a function.

use super::{Architecture, Prices};
use crate::units::{power::Power, usd::Usd};

/// The ephemeral storage that is part of the price of duration, in MB.
pub(super) const FREE_EPHEMERAL_STORAGE_MB: u32 = 512;

/// The hours of a month, as AWS counts them in its calculator, in seconds.
const SECONDS_OF_A_MONTH: f64 = 730.0 * 3600.0;

/// The means of keeping the time short that starting an execution environment takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Startup {
    /// Nothing: environments are started when they are needed.
    OnDemand,
    /// Provisioned concurrency: this many environments, kept the whole month. Invocations that they have no time for are
    /// on demand.
    Provisioned {
        /// The environments.
        concurrency: u32,
    },
    /// `SnapStart` of one published version, whose snapshot is kept the whole month.
    SnapStart {
        /// The environments that are restored in a month.
        restores: u64,
    },
}

/// The use of a function in a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthlyUse {
    /// Invocations a month.
    pub invocations: u64,
    /// The memory size.
    pub power: Power,
    /// The mean billed duration of an invocation, in milliseconds.
    pub billed: f64,
    /// The configured size of `/tmp`, in MB: 512 to 10,240.
    pub ephemeral_storage_mb: u32,
    /// The means of keeping cold starts short.
    pub startup: Startup,
}

impl MonthlyUse {
    /// Seconds of all invocations.
    fn seconds(&self) -> f64 {
        self.invocations as f64 * self.billed / 1000.0
    }
}

/// A part of a function's monthly bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillItem {
    /// A GB-second of memory.
    Duration,
    /// A request.
    Requests,
    /// A GB-second of ephemeral storage.
    EphemeralStorage,
    /// Provisioned concurrency, with the duration that it serves, or `SnapStart`.
    Startup,
}

/// The cost of a function in a month, in the currency of its region. The monthly free allowance of the account is not
/// subtracted, as all functions of the account share it.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthlyCost {
    /// Memory for the time that the invocations took.
    pub duration: Usd,
    /// The invocations themselves.
    pub requests: Usd,
    /// Ephemeral storage above 512 MB for the time that the invocations took.
    pub ephemeral_storage: Usd,
    /// Keeping provisioned concurrency, or keeping and restoring snapshots.
    pub startup: Usd,
    /// The items for which the region's own price is not known, so that another stands in (see
    /// [`Prices::monthly_cost`]).
    pub guessed: Vec<BillItem>,
}

/// The cost of keeping cold starts short in a month.
struct StartupCost {
    cost: Usd,
    is_guess: bool,
}

impl MonthlyCost {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.duration + self.requests + self.ephemeral_storage + self.startup
    }
}

impl Prices {
    /// Computes the cost of a function in a month. Its GB-seconds go through the tiers of the price as if it were the
    /// account's only function of its architecture in the region, which is where AWS adds them up. Where only the first
    /// tier is known, it goes on.
    ///
    /// For a price of the region that is not known, that of us-east-1 stands in, multiplied by the ratio of the
    /// `x86_64` duration prices of the two regions: it brings the figure to the level (and the currency) of the
    /// region, and request prices that are known come out within 2 % that way. `guessed` names such figures.
    #[must_use]
    pub fn monthly_cost(&self, region: &str, architecture: Architecture, monthly: &MonthlyUse) -> MonthlyCost {
        let (_, guess) = self.duration(region, architecture);
        let extra_mb = monthly.ephemeral_storage_mb.saturating_sub(FREE_EPHEMERAL_STORAGE_MB);
        let (request, request_is_known) = self.or_stand_in(region, |own| own.request.as_ref(), self.default.request);
        let (storage, storage_is_known) =
            self.or_stand_in(region, |own| own.ephemeral_storage.as_ref(), self.default.ephemeral_storage);
        let (duration, startup) = self.startup(region, architecture, monthly);
        let guesses = [
            (BillItem::Duration, guess.is_some()),
            (BillItem::Requests, !request_is_known),
            (BillItem::EphemeralStorage, !storage_is_known && extra_mb > 0),
            (BillItem::Startup, startup.is_guess),
        ];
        MonthlyCost {
            duration,
            requests: Usd(monthly.invocations as f64 * request),
            ephemeral_storage: Usd(f64::from(extra_mb) / 1024.0 * monthly.seconds() * storage),
            startup: startup.cost,
            guessed: guesses.into_iter().filter_map(|(item, guessed)| guessed.then_some(item)).collect(),
        }
    }

    /// The cost of duration, which depends on what keeps cold starts short, and the cost of that.
    fn startup(&self, region: &str, architecture: Architecture, monthly: &MonthlyUse) -> (Usd, StartupCost) {
        let (tiers, _) = self.duration(region, architecture);
        let gigabytes = f64::from(monthly.power.megabytes()) / 1024.0;
        let gb_seconds = gigabytes * monthly.seconds();
        let on_demand = Usd(tiers.cost(gb_seconds));
        match monthly.startup {
            Startup::OnDemand => (on_demand, StartupCost { cost: Usd(0.0), is_guess: false }),
            Startup::Provisioned { concurrency } => {
                let price = self.provisioned(region, architecture);
                let kept = gigabytes * f64::from(concurrency) * SECONDS_OF_A_MONTH;
                let served = gb_seconds.min(kept);
                let duration = Usd(served * price.duration_per_gb_second + tiers.cost(gb_seconds - served));
                (duration, StartupCost { cost: Usd(kept * price.per_gb_second), is_guess: price.is_guess })
            }
            Startup::SnapStart { restores } => {
                let price = self.snap_start(region);
                let (kept, restored) = (gigabytes * SECONDS_OF_A_MONTH, gigabytes * restores as f64);
                let cost = Usd(kept * price.cache_per_gb_second + restored * price.restore_per_gb);
                (on_demand, StartupCost { cost, is_guess: price.is_guess })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION_OF_100_MS: MonthlyUse = MonthlyUse {
        invocations: 1_000_000,
        power: Power::MIN,
        billed: 100.0,
        ephemeral_storage_mb: 512,
        startup: Startup::OnDemand,
    };

    fn cost(region: &str, architecture: Architecture, monthly: &MonthlyUse) -> MonthlyCost {
        Prices::bundled().unwrap().monthly_cost(region, architecture, monthly)
    }

    fn assert_close(cost: Usd, expected: f64) {
        assert!((cost.0 - expected).abs() <= 1e-9 * expected, "{} is not {expected}", cost.0);
    }

    #[test]
    fn requests_and_duration_add_up() {
        let monthly = cost("us-east-1", Architecture::X86, &MILLION_OF_100_MS);
        assert_close(monthly.duration, 12_500.0 * 0.000_016_666_7);
        assert_close(monthly.requests, 0.2);
        assert_eq!(monthly.ephemeral_storage, Usd(0.0));
        assert_close(monthly.total(), 12_500.0 * 0.000_016_666_7 + 0.2);
        assert_eq!(monthly.guessed, []);
    }

    #[test]
    fn the_tiers_of_arm64_begin_later_than_those_of_x86_64() {
        // 20 billion GB-seconds.
        let much =
            MonthlyUse { invocations: 20_000_000, power: Power::new(1024).unwrap(), billed: 1e6, ..MILLION_OF_100_MS };
        let x86 = cost("eu-west-1", Architecture::X86, &much).duration;
        assert_close(x86, 6e9 * 0.000_016_666_7 + 9e9 * 0.000_015 + 5e9 * 0.000_013_333_4);
        let arm = cost("eu-west-1", Architecture::Arm, &much).duration;
        assert_close(arm, 7.5e9 * 0.000_013_333_4 + 11.25e9 * 0.000_012_000_1 + 1.25e9 * 0.000_010_666_7);
    }

    #[test]
    fn only_ephemeral_storage_above_512_mb_costs() {
        let two_gb = MonthlyUse { ephemeral_storage_mb: 512 + 2048, ..MILLION_OF_100_MS };
        assert_close(cost("us-east-1", Architecture::X86, &two_gb).ephemeral_storage, 200_000.0 * 0.000_000_030_9);
        let sao_paulo = cost("sa-east-1", Architecture::X86, &two_gb);
        assert_close(sao_paulo.ephemeral_storage, 200_000.0 * 0.000_000_058_6);
        assert_eq!(sao_paulo.guessed, []);
    }

    /// As AWS's page of prices computes its example: what is kept is paid for the whole month, and duration is cheaper.
    #[test]
    fn provisioned_concurrency_is_paid_for_the_month_and_its_duration_is_cheaper() {
        let provisioned = MonthlyUse { startup: Startup::Provisioned { concurrency: 10 }, ..MILLION_OF_100_MS };
        let monthly = cost("us-east-1", Architecture::X86, &provisioned);
        assert_close(monthly.startup, 10.0 * 0.125 * 730.0 * 3600.0 * 0.000_004_166_7);
        assert_close(monthly.duration, 12_500.0 * 0.000_009_722_2);
        assert_close(monthly.total(), monthly.startup.0 + monthly.duration.0 + 0.2);
        assert_eq!(monthly.guessed, []);
        let arm = cost("eu-west-1", Architecture::Arm, &provisioned);
        assert_eq!(arm.guessed, [BillItem::Startup]);
    }

    #[test]
    fn what_provisioned_concurrency_has_no_time_for_is_on_demand() {
        // One environment has 2,628,000 seconds a month, these invocations take 3,628,000.
        let much = MonthlyUse {
            invocations: 3_628_000,
            billed: 1000.0,
            startup: Startup::Provisioned { concurrency: 1 },
            ..MILLION_OF_100_MS
        };
        let served = 0.125 * 2_628_000.0 * 0.000_009_722_2;
        assert_close(
            cost("us-east-1", Architecture::X86, &much).duration,
            served + 0.125 * 1_000_000.0 * 0.000_016_666_7,
        );
    }

    #[test]
    fn snap_start_costs_for_the_snapshot_and_for_each_restore() {
        let with = MonthlyUse { startup: Startup::SnapStart { restores: 8_000 }, ..MILLION_OF_100_MS };
        let monthly = cost("us-east-1", Architecture::X86, &with);
        assert_close(monthly.startup, 0.125 * 2_628_000.0 * 0.000_001_504_6 + 1000.0 * 0.000_139_799_8);
        assert_eq!(monthly.duration, cost("us-east-1", Architecture::X86, &MILLION_OF_100_MS).duration);
        assert_eq!(cost("eu-west-1", Architecture::X86, &with).guessed, [BillItem::Startup]);
    }

    #[test]
    fn an_unknown_figure_is_guessed_at_the_level_and_in_the_currency_of_the_region() {
        let china = cost("cn-north-1", Architecture::X86, &MILLION_OF_100_MS);
        assert_close(china.duration, 12_500.0 * 0.000_113_6);
        assert_close(china.requests, 0.2 * 0.000_113_6 / 0.000_016_666_7);
        assert_eq!(china.guessed, [BillItem::Requests]);
    }

    #[test]
    fn in_an_unknown_region_everything_is_guessed() {
        let unknown = cost("xx-west-9", Architecture::Arm, &MILLION_OF_100_MS);
        let default = cost("us-east-1", Architecture::Arm, &MILLION_OF_100_MS);
        assert_eq!(unknown.total(), default.total());
        assert_eq!(unknown.guessed, [BillItem::Duration, BillItem::Requests]);
    }
}
