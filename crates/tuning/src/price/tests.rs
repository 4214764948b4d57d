use super::*;

fn table() -> Table {
    serde_json::from_str(include_str!("../../data/prices.json")).unwrap()
}

#[test]
fn a_millisecond_at_128_mb_costs_what_the_price_page_says() {
    let prices = Prices::bundled().unwrap();
    let x86 = prices.lambda("us-east-1", Architecture::X86);
    assert_eq!((x86.is_guess, x86.guess), (false, None));
    let cost = x86.price.cost(Power::MIN, BilledMilliseconds(1)).0;
    assert!((cost - 2.083_337_5e-9).abs() < 1e-15, "{cost:e}");
}

#[test]
fn a_region_with_its_own_price_has_it() {
    let prices = Prices::bundled().unwrap();
    assert_eq!(prices.lambda("af-south-1", Architecture::Arm).price, GbSecondPrice(0.000_017_68));
    assert_eq!(prices.transitions("sa-east-1", 1000), Usd(0.0375));
    assert_eq!(prices.transitions("eu-west-1", 1000), Usd(0.025));
}

#[test]
fn a_region_that_is_not_in_the_table_has_the_price_of_us_east_1_as_a_guess() {
    let prices = Prices::bundled().unwrap();
    for architecture in [Architecture::X86, Architecture::Arm] {
        let unknown = prices.lambda("xx-west-9", architecture);
        assert_eq!(unknown.price, prices.lambda("us-east-1", architecture).price);
        assert_eq!((unknown.is_guess, unknown.guess), (true, Some(Guess::UnknownRegion)));
    }
    assert_eq!(prices.transitions("xx-west-9", 1000), Usd(0.025));
    assert_eq!(prices.currency("xx-west-9"), Currency::Usd);
}

#[test]
fn an_architecture_whose_price_is_not_known_has_that_of_us_east_1_as_a_guess() {
    let prices = Prices::bundled().unwrap();
    let arm = prices.lambda("il-central-1", Architecture::Arm);
    assert_eq!(arm.price, prices.lambda("us-east-1", Architecture::Arm).price);
    assert_eq!((arm.is_guess, arm.guess), (true, Some(Guess::UnknownArchitecture)));
    assert!(!prices.lambda("il-central-1", Architecture::X86).is_guess);
}

#[test]
fn china_is_priced_in_yuan_even_where_a_price_is_guessed() {
    let prices = Prices::bundled().unwrap();
    for region in ["cn-north-1", "cn-northwest-1"] {
        assert_eq!(prices.currency(region).to_string(), "CNY");
        let arm = prices.lambda(region, Architecture::Arm);
        assert_eq!(arm.price, GbSecondPrice(0.000_113_6));
        assert_eq!((arm.is_guess, arm.guess), (true, Some(Guess::UnknownArchitectureAsX86)));
        assert_eq!(prices.transitions(region, 1000), Usd(0.1891));
    }
}

#[test]
fn as_on_aws_every_price_that_was_not_published_for_its_region_is_called_assumed() {
    let (table, prices) = (table(), Prices::bundled().unwrap());
    let guess = |region: &str| prices.lambda(region, Architecture::X86).guess;
    for (region, own) in &table.regions {
        let published = ["lambda", "lambda-calculator", "lambda-china"];
        let is_that_of_us_east_1 = own.x86.as_ref().is_some_and(|x86| !published.contains(&x86.source.as_str()));
        assert_eq!(guess(region).is_some(), is_that_of_us_east_1, "{region}");
    }
    // Taipei, New Zealand, and the European Sovereign Cloud, which is priced in euros.
    assert_eq!((guess("ap-east-2"), guess("ap-southeast-6")), (Some(Guess::Assumed), Some(Guess::Assumed)));
    assert_eq!(guess("eusc-de-east-1"), Some(Guess::AssumedFigures));
    assert_eq!(prices.currency("eusc-de-east-1"), Currency::Eur);
    assert_eq!((guess("us-east-1"), guess("af-south-1"), guess("cn-north-1")), (None, None, None));
}

#[test]
fn snap_start_costs_what_the_price_page_says_or_is_a_guess_at_the_level_of_the_region() {
    let prices = Prices::bundled().unwrap();
    let us = SnapStartPrice { cache_per_gb_second: 0.000_001_504_6, restore_per_gb: 0.000_139_799_8, is_guess: false };
    assert_eq!(prices.snap_start("us-east-1"), us);
    let level = 0.000_113_6 / 0.000_016_666_7;
    let china = prices.snap_start("cn-north-1");
    assert!(china.is_guess && (china.restore_per_gb / us.restore_per_gb / level - 1.0).abs() < 1e-9, "{china:?}");
    assert_eq!(prices.snap_start("xx-west-9"), SnapStartPrice { is_guess: true, ..us });
}

#[test]
fn provisioned_concurrency_costs_what_is_published_or_is_a_guess_that_is_said_to_be_one() {
    let prices = Prices::bundled().unwrap();
    let of = |region, architecture| prices.provisioned(region, architecture);
    let figures = |price: ProvisionedPrice| (price.per_gb_second, price.duration_per_gb_second, price.is_guess);
    assert_eq!(figures(of("us-east-1", Architecture::X86)), (0.000_004_166_7, 0.000_009_722_2, false));
    assert_eq!(figures(of("us-east-1", Architecture::Arm)), (0.000_003_333_4, 0.000_007_777_8, false));
    // Duration costs there what it does in us-east-1; provisioned concurrency does not.
    assert_eq!(figures(of("eu-west-1", Architecture::X86)), (0.000_004_646, 0.000_010_840_7, false));
    // Of arm64, only the x86_64 price of the region is known: a fifth less, as in us-east-1.
    let arm = of("eu-west-1", Architecture::Arm);
    assert!(arm.is_guess && (arm.per_gb_second / 0.000_004_646 - 0.8).abs() < 1e-4, "{arm:?}");
    // Nothing of it is known.
    let israel = of("il-central-1", Architecture::X86);
    let level = 0.000_017_5 / 0.000_016_666_7;
    assert!(israel.is_guess && (israel.per_gb_second / 0.000_004_166_7 / level - 1.0).abs() < 1e-9, "{israel:?}");
    assert!(of("xx-west-9", Architecture::Arm).is_guess);
}

#[test]
fn every_region_of_the_table_is_priced_on_x86_64_and_for_transitions() {
    for (region, prices) in table().regions {
        assert!(prices.x86.is_some() && prices.transition.is_some(), "{region}");
        let currency = match region.split_once('-') {
            Some(("cn", _)) => Currency::Cny,
            Some(("eusc", _)) => Currency::Eur,
            _ => Currency::Usd,
        };
        assert_eq!(prices.currency, currency, "{region}");
    }
}

#[test]
fn every_figure_names_a_source_with_a_description_and_a_date_and_every_source_is_named() {
    let table = table();
    let mut named: Vec<&str> = table.regions.values().flat_map(RegionPrices::sources).collect();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named, table.sources.keys().collect::<Vec<_>>());
    for (id, source) in &table.sources {
        assert!(!source.description.is_empty(), "{id}");
        let day: Vec<usize> = source.date.split('-').map(str::len).collect();
        assert_eq!(day, [4, 2, 2], "{id}: {}", source.date);
    }
}

#[test]
fn a_table_with_a_figure_of_unknown_source_is_refused() {
    let mut table = table();
    table.sources.clear();
    assert!(matches!(Prices::try_from(table), Err(Unsound::UnknownSource { .. })));
}

#[test]
fn a_table_without_every_figure_of_its_default_region_is_refused() {
    let mut table = table();
    table.default_region = "il-central-1".to_owned();
    let lacks = Unsound::DefaultLacks { region: "il-central-1".to_owned(), figure: "arm64" };
    assert_eq!(Prices::try_from(table).unwrap_err(), lacks);
}
