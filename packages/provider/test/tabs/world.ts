/** Several tabs of one browser and their server, on one clock. Holds all tabs to what they claim while time passes. */
import { FakeClock, SeededRandom } from '@cometpad/shared/testing'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { Browser } from './browser.ts'
import type { Tab, TabOptions } from './browser.ts'
import { LogServer } from './log-server.ts'

const STEP_MS = 100

export class World {
  readonly clock = new FakeClock()
  readonly server = new LogServer(this.clock)
  readonly random: SeededRandom
  readonly browser: Browser
  /** The most requests that were held when everything had come to rest. */
  mostHeld = 0

  constructor(seed = 1) {
    this.random = new SeededRandom(seed)
    this.browser = new Browser(this.clock, this.server, this.random)
  }

  /** Opens tabs, one after the other. */
  async open(count: number, options: TabOptions = {}): Promise<Tab[]> {
    const tabs: Tab[] = []
    for (let n = 0; n < count; n += 1) {
      tabs.push(this.browser.open(options))
      await this.pass(STEP_MS)
    }
    await this.pass(2_000)
    return tabs
  }

  /** Lets everything happen that waits for nothing but its turn. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      this.clock.advance(0)
    }
  }

  async pass(ms: number, stepMs = STEP_MS): Promise<void> {
    await this.settle()
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed))
      await this.settle()
      this.mostHeld = Math.max(this.mostHeld, this.server.held.size)
      for (const tab of this.browser.tabs) this.#checkPosition(tab)
    }
  }

  get texts(): string[] {
    return this.browser.tabs.map(({ text }) => text)
  }

  get states(): string[] {
    return this.browser.tabs.map(({ provider: { status, synced, saved } }) =>
      [status, synced ? 'synced' : 'behind', saved ? 'saved' : 'unsaved'].join(' '),
    )
  }

  /** Everybody is connected, has everything, and one request is held for all of them. */
  expectOneHeld(): void {
    expect(this.states).toEqual(this.browser.tabs.map(() => 'connected synced saved'))
    expect(this.texts).toEqual(this.browser.tabs.map(() => this.server.text))
    expect(this.server.held.size, 'held requests').toBe(1)
  }

  /** Who says that it has everything up to an offset has it. */
  #checkPosition({ doc, provider }: Tab): void {
    const has = Y.decodeStateVector(Y.encodeStateVector(doc))
    for (const [writer, clock] of this.server.clocksAt(provider.position ?? 0))
      expect(has.get(writer) ?? 0, `what ${doc.clientID} has of ${writer}`).toBeGreaterThanOrEqual(clock)
  }
}
