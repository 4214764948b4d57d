/** What stands behind `#` in the address: a result, which the browser sends to nobody. */

import type { Page, Prices, Run } from "./model";

/** What the richer format begins with: `base64url(deflate(JSON))` follows. Written by crates/report. */
const RICH = "v1.";

/** The longest JSON that is read, in bytes, as in crates/report: deflate makes 1000 of one. */
const LARGEST = 16 * 1024 * 1024;

/** The prices that stand in for those of a link that does not say where it comes from, by currency. */
export type StandInPrices = Record<string, Prices>;

/** Reads what is behind `#`. */
export async function readFragment(fragment: string, query: string, standIn: StandInPrices): Promise<Page> {
  return fragment.startsWith(RICH) ? readRich(fragment.slice(RICH.length)) : readReference(fragment, query, standIn);
}

async function readRich(text: string): Promise<Page> {
  const compressed = new Blob([fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"))]);
  const inflated = compressed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await bounded(inflated)) as Page;
}

async function bounded(inflated: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (const reader = inflated.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) {
      return new Blob(parts).text();
    }
    length += value.byteLength;
    if (length > LARGEST) {
      void reader.cancel();
      throw new Error(`the link holds more than ${LARGEST / 1024 / 1024} MB, which this page does not read`);
    }
    parts.push(new Uint8Array(value));
  }
}

/**
 * The reference tool's format: `<sizes>;<times>;<costs>`, little-endian 16-bit integers and 32-bit floats in base64.
 */
function readReference(fragment: string, query: string, standIn: StandInPrices): Page {
  const [sizes, times, costs, ...rest] = fragment.split(";").map((part) => new DataView(fromBase64(part).buffer));
  if (sizes === undefined || times === undefined || costs === undefined || rest.length > 0) {
    throw new Error("behind # there should be <sizes>;<times>;<costs>");
  }
  const length = sizes.byteLength / 2;
  if (!Number.isInteger(length) || times.byteLength !== length * 4 || costs.byteLength !== length * 4) {
    throw new Error("there are not as many sizes as times and costs");
  }
  const rows = Array.from({ length }, (_, index) => ({
    value: sizes.getInt16(index * 2, true),
    averageDuration: times.getFloat32(index * 4, true),
    averagePrice: costs.getFloat32(index * 4, true),
  }));
  const prices = standIn[new URLSearchParams(query).get("currency") ?? "USD"] ?? standIn["USD"];
  if (prices === undefined) {
    throw new Error("the page has no prices");
  }
  const run: Run = { label: "", prices, pricesAreAssumed: true, rows, recommendation: { reasons: [] }, warnings: [] };
  return { runs: [run] };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
