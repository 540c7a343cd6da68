import { describe, expect, it } from 'vitest'
import { isCompactionDue } from './compaction-policy.ts'

const bounds = { compactionBytes: 100, compactionEntries: 10 }

function head(entries: number, logBytes: number, snapshotBytes: number) {
  return {
    documentId: 'a',
    generation: '0'.repeat(32),
    head: 50 + entries,
    snapshotOffset: 50,
    title: '',
    logBytes,
    snapshotBytes,
    createdAt: 0,
    updatedAt: 0,
  }
}

describe('compaction is due', () => {
  it('when the log exceeds both the bound and the snapshot', () => {
    expect(isCompactionDue(head(1, 100, 0), bounds)).toBe(false)
    expect(isCompactionDue(head(1, 101, 0), bounds)).toBe(true)
    expect(isCompactionDue(head(1, 101, 500), bounds)).toBe(false)
    expect(isCompactionDue(head(1, 501, 500), bounds)).toBe(true)
  })

  it('at the latest after so many entries', () => {
    expect(isCompactionDue(head(9, 1, 500), bounds)).toBe(false)
    expect(isCompactionDue(head(10, 1, 500), bounds)).toBe(true)
  })

  it('later after it has failed', () => {
    expect(isCompactionDue(head(19, 200, 0), bounds, 2)).toBe(false)
    expect(isCompactionDue(head(20, 200, 0), bounds, 2)).toBe(true)
    expect(isCompactionDue(head(1, 201, 0), bounds, 2)).toBe(true)
  })
})
