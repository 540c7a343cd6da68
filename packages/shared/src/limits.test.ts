import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodeMessage } from './codec.ts'
import { limits } from './limits.ts'
import { splitIntoParts } from './parts.ts'

describe('limits', () => {
  it('are whole numbers above 0', () => {
    for (const [name, limit] of Object.entries(limits)) {
      expect(Number.isSafeInteger(limit), name).toBe(true)
      expect(limit, name).toBeGreaterThan(0)
    }
  })

  it('say what they are for, each one', () => {
    const source = ['./limits.ts', './client-limits.ts', './common-limits.ts']
      .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
      .join('\n')
    for (const name of Object.keys(limits))
      expect(source).toMatch(new RegExp(`\\*/\\n  readonly ${name}: number`))
  })

  it('[PT1] let a part of a large message through as a message', () => {
    expect(limits.partBytes).toBeLessThan(limits.messageBytes)
    expect(limits.messageBytes).toBeLessThanOrEqual(limits.updateBytes)
    const largest = encodeMessage({ type: 'update', update: new Uint8Array(limits.messageBytes + 1) })
    for (const part of splitIntoParts(largest, limits))
      expect(part.length).toBeLessThanOrEqual(limits.messageBytes)
  })

  it('fit together', () => {
    // A state has to fit into a message beside its client and clock.
    expect(limits.presenceBytes).toBeLessThan(limits.messageBytes)
    // What waits for one commit fits into what may wait for commits at all.
    expect(limits.commitBytes).toBeLessThan(limits.waitingCommitBytes)
    expect(limits.updateBytes).toBeLessThan(limits.waitingCommitBytes)
    expect(limits.pageBytes).toBeLessThanOrEqual(limits.compactionReadBytes)
    expect(limits.unmergedUpdates).toBeLessThanOrEqual(limits.inFlightUpdates)
    expect(limits.inFlightUpdates).toBeLessThanOrEqual(limits.pendingUpdates)
    expect(limits.presenceIntervalMs).toBeLessThan(limits.crowdedPresenceIntervalMs)
    expect(limits.crowdedRoom).toBeLessThan(limits.presenceClients)
    // One person whose right to write ends has done nothing wrong with what is on its way.
    expect(limits.inFlightUpdates * 2).toBeLessThan(limits.refusedUpdates)
    // One refused update, with what stands around it, fits into one row and into what is kept of its document, and that into all.
    expect(limits.quarantineUpdateBytes * 2).toBeLessThanOrEqual(limits.chunkBytes)
    expect(limits.quarantineUpdateBytes * 2).toBeLessThanOrEqual(limits.quarantineBytesOfDocument)
    expect(limits.quarantineBytesOfDocument).toBeLessThan(limits.quarantineBytes)
    expect(limits.quarantineUpdates).toBeLessThan(limits.commitRows)
    // A process that ends waits for those who do not answer its goodbye, and then still closes its store.
    expect(limits.goodbyeMs * 2).toBeLessThan(limits.drainMs)
  })

  it('[CN8] leave room for a heartbeat to be late before silence ends a connection', () => {
    expect(limits.heartbeatMs * 2).toBeLessThan(limits.silentConnectionMs)
    expect(limits.heartbeatMs + 5_000).toBeLessThan(limits.silentServerMs)
    expect(limits.backoffBaseMs).toBeLessThan(limits.backoffStepMs)
    expect(limits.backoffStepMs).toBeLessThan(limits.backoffCeilingMs)
  })
})
