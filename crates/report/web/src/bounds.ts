/** How much is drawn: a link is a stranger's, and must not bring the browser down. */

import type { Page, Row } from "./model";

/** The most results and values in all, and the most single samples and points of curves, that are drawn. */
export const MOST_ROWS = 10_000;

/** As much of a page as is drawn, and what to tell the reader of what is left out. */
export function bounded({ runs }: Page): { page: Page; leftOut?: string } {
  let rows = MOST_ROWS;
  let details = MOST_ROWS;
  const take = <T>(list: T[]): T[] => {
    const taken = list.slice(0, details);
    details -= taken.length;
    return taken;
  };
  const kept = runs.slice(0, rows).flatMap((run) => {
    if (rows === 0) {
      return [];
    }
    const own = run.rows.slice(0, rows - 1);
    rows -= 1 + own.length;
    const model = run.model && { ...run.model, curve: take(run.model.curve ?? []) };
    const drawn = own.map((row): Row => (row.sampleList ? { ...row, sampleList: take(row.sampleList) } : row));
    const history = take(run.history ?? []);
    return [{ ...run, ...(model && { model }), rows: drawn, history }];
  });
  const size = (all: Page["runs"]): number =>
    all.reduce(
      (sum, run) =>
        sum +
        1 +
        run.rows.length +
        (run.model?.curve?.length ?? 0) +
        (run.history?.length ?? 0) +
        run.rows.reduce((n, row) => n + (row.sampleList?.length ?? 0), 0),
      0,
    );
  const missing = size(runs) - size(kept);
  const leftOut =
    `This is not all: the page draws at most ${MOST_ROWS} values and ${MOST_ROWS} samples, ` +
    `and leaves out ${missing} more.`;
  return { page: { runs: kept }, ...(missing > 0 && { leftOut }) };
}
