/**
 * Who typed, deleted and brought back which letter, and whether a document holds what it must: each letter that nobody
 * deleted, exactly once, and no letter twice.
 */

interface Entry {
  /** Writers for whom it is deleted now. */
  readonly deletedBy: Set<number>
  /** Writers who ever deleted it, by hand or by undoing, and those who ever brought it back. */
  readonly everDeletedBy: Set<number>
  readonly restoredBy: Set<number>
}

export class Ledger {
  readonly #entries = new Map<string, Entry>()
  /** Letters that came back twice by the fault of Yjs that yjs-fault.test.ts records. */
  readonly restoredTwice = new Set<string>()

  typed(letters: readonly string[]): void {
    for (const letter of letters) {
      this.#entries.set(letter, {
        deletedBy: new Set(),
        everDeletedBy: new Set(),
        restoredBy: new Set(),
      })
    }
  }

  deleted(who: number, letters: Iterable<string>): void {
    for (const letter of letters) {
      const entry = this.#entries.get(letter)
      entry?.deletedBy.add(who)
      entry?.everDeletedBy.add(who)
    }
  }

  restored(who: number, letters: Iterable<string>): void {
    for (const letter of letters) {
      const entry = this.#entries.get(letter)
      entry?.deletedBy.delete(who)
      entry?.restoredBy.add(who)
    }
  }

  knows(letter: string): boolean {
    return this.#entries.has(letter)
  }

  /** May this writer's undo take the letter away? */
  wasTouchedBy(who: number, letter: string): boolean {
    const entry = this.#entries.get(letter)
    return entry !== undefined && (entry.everDeletedBy.has(who) || entry.restoredBy.has(who))
  }

  /** What is wrong with a document that holds these letters; empty when nothing is. */
  judge(letters: readonly string[]): string[] {
    const counts = new Map<string, number>()
    for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    const faults: string[] = []
    for (const [letter, entry] of this.#entries) {
      const count = counts.get(letter) ?? 0
      counts.delete(letter)
      if (count === 0 && entry.deletedBy.size === 0) faults.push(`lost ${letter}`)
      if (count < 2) continue
      if (isYjsFault(entry)) this.restoredTwice.add(letter)
      else faults.push(`doubled ${letter}`)
    }
    for (const letter of counts.keys()) faults.push(`unknown ${letter}`)
    return faults
  }
}

/**
 * Both deleted the same letter and both brought it back: each redo of Yjs makes a copy of its own. Moving a block is
 * deleting it here and bringing it back there.
 */
function isYjsFault({ everDeletedBy, restoredBy }: Entry): boolean {
  return everDeletedBy.size >= 2 && restoredBy.size >= 2
}
