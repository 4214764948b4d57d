/** Numbers as they are written on the page. */

const LOCALE = "en-US";
/** Amounts with more decimals are written with an exponent. */
const MOST_DECIMALS = 12;
const grouped = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

function digits(minimum: number, maximum = minimum): Intl.NumberFormat {
  return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: minimum, maximumFractionDigits: maximum });
}

/** 1536 → "1536 MB": as Lambda and the input write it. */
export function memory(power: number): string {
  return `${power} MB`;
}

/** 1024 → "0.58": CPU grows in proportion to memory, and 1,769 MB is one whole virtual CPU. */
export function vcpus(power: number): string {
  return digits(2).format(power / 1769);
}

/** 180 of 1024 → "180 MB (18 %)". */
export function memoryUsed(used: number, power: number): string {
  return `${memory(used)} (${digits(0).format((100 * used) / power)} %)`;
}

/** 72.456 → "72.46", 12345.6 → "12,346". */
export function milliseconds(ms: number): string {
  return (ms < 1000 ? digits(2) : grouped).format(ms);
}

/** 72.456 → "72.46 ms". */
export function duration(ms: number): string {
  return `${milliseconds(ms)} ms`;
}

/** "509.85 – 549.47", in ms. */
export function range(low: number, high: number): string {
  return `${milliseconds(low)} – ${milliseconds(high)}`;
}

/**
 * An amount of money, without the currency: at least four significant digits, at least cents, and none from 10,000 on.
 * However small, it is never written as 0.
 */
function amount(value: number): string {
  if (value === 0 || value >= 10_000) {
    return (value === 0 ? digits(2) : grouped).format(value);
  }
  const decimals = Math.max(2, 3 - Math.floor(Math.log10(value)));
  return decimals > MOST_DECIMALS ? value.toExponential(3) : digits(decimals).format(value);
}

/** The cost of a million invocations, without the currency. */
export function perMillion(cost: number): string {
  return amount(cost * 1e6);
}

/** An amount of money, with its currency. */
export function money(value: number, currency: string): string {
  const sign = value < 0 ? "−" : "";
  const figure = amount(Math.abs(value));
  const before = { USD: "$", CNY: "CN¥" }[currency];
  return before === undefined ? `${sign}${figure} ${currency}` : `${sign}${before}${figure}`;
}

/** 42000 → "42 s", 200000 → "3 min 20 s". */
export function period(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
  return hours > 0 ? `${hours} h ${left} min` : minutes > 0 ? `${minutes} min ${rest} s` : `${seconds} s`;
}

/** 0.02 → "2 %". */
export function share(fraction: number): string {
  return `${Number((fraction * 100).toFixed(4))} %`;
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
