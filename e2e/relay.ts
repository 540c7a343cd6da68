/** A slow way to the server: passes bytes on in both directions, each as late as it is told. Knows nothing of HTTP. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

export class SlowRelay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(to: URL, lagMs: number) {
    this.#server = createServer((near) => {
      const far = connect(Number(to.port), to.hostname)
      for (const [from, into] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from)
        // Timers of one delay fire in the order in which they were set, so the bytes stay in order.
        from.on('data', (bytes) => this.#later(lagMs, () => into.write(bytes)))
        from.on('end', () => this.#later(lagMs, () => into.end()))
        from.on('error', () => into.destroy())
        from.on('close', () => this.#sockets.delete(from))
      }
    })
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }
}
