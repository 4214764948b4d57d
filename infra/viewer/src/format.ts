/** Numbers as they are written on the page. */

const LOCALE = "en-US";
const grouped = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

function digits(minimum: number, maximum = minimum): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: minimum, maximumFractionDigits: maximum });
}

/** 1536 → "1536 MB": as Lambda and the input write it. */
export function memory(power: number): string {
  return `${power} MB`;
}

/** 72.456 → "72.46 ms", 12345.6 → "12,346 ms". */
export function duration(ms: number): string {
  return `${(ms < 1000 ? digits(2) : grouped).format(ms)} ms`;
}

/** "509.85 – 549.47 ms". */
export function range(low: number, high: number): string {
  return `${duration(low).replace(" ms", "")} – ${duration(high)}`;
}

/** The cost of a million invocations, without the currency. */
export function perMillion(cost: number): string {
  const amount = cost * 1e6;
  return digits(amount < 1 ? 4 : amount < 100 ? 3 : 2).format(amount);
}

/** An amount of money, with its currency; cents only where they matter. */
export function money(amount: number, currency: string): string {
  const decimals = amount !== 0 && Math.abs(amount) < 1 ? 4 : Math.abs(amount) < 10_000 ? 2 : 0;
  const sign = amount < 0 ? "−" : "";
  const figure = digits(decimals).format(Math.abs(amount));
  return currency === "USD" ? `${sign}$${figure}` : currency === "CNY" ? `${sign}CN¥${figure}` : `${sign}${figure} ${currency}`;
}

/** 1.38 → "+1.4 %", -32.29 → "−32.3 %". */
export function change(percent: number): string {
  const figure = digits(1).format(Math.abs(percent));
  if (Number(figure.replaceAll(",", "")) === 0) {
    return "±0.0 %";
  }
  return `${percent < 0 ? "−" : "+"}${figure} %`;
}

/** 1500000 → "1,500,000". */
export function count(value: number): string {
  return grouped.format(value);
}

/** "1 sample", "2 samples". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
