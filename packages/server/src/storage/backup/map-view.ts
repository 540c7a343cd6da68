/** A few rows in memory, read as those of a database are: for what comes out of a backup document by document. */
import type { Range, StoredRow, View } from '../database.ts'
import { hexOf } from '../head-row.ts'

export class MapView implements View {
  readonly #rows = new Map<string, StoredRow>()

  /** A later row takes the place of an earlier one with the same key. */
  put(row: StoredRow): void {
    this.#rows.set(hexOf(row.key), row)
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.get(hexOf(key))?.value
  }

  async scan(range: Range, take: (row: StoredRow) => boolean): Promise<void> {
    for (const row of this.#within(range)) if (!take(row)) return
  }

  async keys(range: Range): Promise<Uint8Array[]> {
    return this.#within(range).map(({ key }) => key)
  }

  #within({ gt, gte, lt, lte, limit }: Range): StoredRow[] {
    return [...this.#rows.values()]
      .filter(
        ({ key }) =>
          (gt === undefined || Buffer.compare(key, gt) > 0) &&
          (gte === undefined || Buffer.compare(key, gte) >= 0) &&
          (lt === undefined || Buffer.compare(key, lt) < 0) &&
          (lte === undefined || Buffer.compare(key, lte) <= 0),
      )
      .toSorted((a, b) => Buffer.compare(a.key, b.key))
      .slice(0, limit)
  }
}
