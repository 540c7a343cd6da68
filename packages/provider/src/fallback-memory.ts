/** Keeps "WebSockets do not work here" for one server, beyond the page. What cannot be kept or read is simply not known. */
import type { Environment } from './environment.ts'
import type { Memory } from './chooser-state.ts'

export class FallbackMemory {
  readonly #environment: Environment
  readonly #key: string

  constructor(environment: Environment, server: string) {
    this.#environment = environment
    this.#key = `cometpad:fallback:${server}`
  }

  /** In the time of the environment's clock. */
  read(): Memory | undefined {
    try {
      const text = this.#environment.storage?.getItem(this.#key)
      if (text === null || text === undefined) return undefined
      const kept: unknown = JSON.parse(text)
      if (typeof kept !== 'object' || kept === null) return undefined
      const { transport, until, spanMs } = kept as Record<string, unknown>
      if ((transport !== 'stream' && transport !== 'poll') || typeof until !== 'number') return undefined
      if (typeof spanMs !== 'number' || !(spanMs > 0)) return undefined
      return { transport, until: until - this.#lead(), spanMs }
    } catch {
      // Written by somebody else, or a browser that lets nobody read.
      return undefined
    }
  }

  write(memory: Memory): void {
    this.#try(() => {
      const kept = { ...memory, until: Math.round(memory.until + this.#lead()) }
      this.#environment.storage?.setItem(this.#key, JSON.stringify(kept))
    })
  }

  clear(): void {
    this.#try(() => this.#environment.storage?.removeItem(this.#key))
  }

  /** How far the wall clock is ahead of the other. */
  #lead(): number {
    return this.#environment.wallClock() - this.#environment.clock.now()
  }

  #try(act: () => void): void {
    try {
      act()
    } catch {
      // Full, or forbidden: then the next page finds out for itself.
    }
  }
}
