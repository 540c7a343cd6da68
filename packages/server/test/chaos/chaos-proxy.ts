/**
 * Something between clients and the server, on TCP, that does to bytes what networks, gateways and sign-in pages do, drawn from
 * one seed. Knows nothing of what goes through it.
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SeededRandom } from '@cometpad/shared/testing'
import { LONGEST_MS, faults } from './faults.ts'
import type { Fault, FaultName, Kind } from './faults.ts'
import { HttpBytes } from './http-bytes.ts'
import { Passage } from './passage.ts'
import type { Surroundings } from './passage.ts'

export interface ChaosOptions {
  readonly serverPort: number
  readonly random: SeededRandom
  /** How many of a hundred requests something happens to. */
  readonly percent: number
  /** Only these; default: all. */
  readonly only?: readonly FaultName[]
}

export class ChaosProxy implements Surroundings {
  readonly #options: ChaosOptions
  readonly #listening: Server
  readonly #passages = new Set<Passage>()
  readonly #deliveries = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #keptBack: (() => void)[] = []
  readonly happened = new Map<string, number>()
  isShut = false
  #isCalm = false

  private constructor(options: ChaosOptions) {
    this.#options = options
    this.#listening = createServer((client) => this.#serve(client))
  }

  static async start(options: ChaosOptions): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options)
    await new Promise<void>((resolve) => proxy.#listening.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listening.address() as AddressInfo).port}`
  }

  /** From now on nothing happens any more to what is new. What has fallen silent stays so. */
  calm(): void {
    this.#isCalm = true
  }

  /** What is under way on each connection, seen from either side. */
  get underWay(): string[] {
    const passing = Array.from(this.#passages, ({ underWay }) => (underWay === undefined ? [] : [underWay]))
    return [...passing.flat(), ...Array.from(this.#deliveries, () => 'a repetition')]
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const passage of this.#passages) passage.destroy()
    for (const socket of this.#deliveries) socket.destroy()
    await new Promise<void>((resolve) => this.#listening.close(() => resolve()))
  }

  // For its passages

  get serverPort(): number {
    return this.#options.serverPort
  }

  get random(): SeededRandom {
    return this.#options.random
  }

  draw(kind: Kind): Fault {
    const { random, percent, only } = this.#options
    if (this.#isCalm || random.below(100) >= percent) return undefined
    const possible = faults[kind]
      .map((fault) => ({ fault, name: `${kind}: ${fault}` }))
      .filter(({ name }) => only === undefined || only.some((wanted) => wanted === name))
    if (possible.length === 0) return undefined
    const { fault, name } = random.pick(possible)
    this.happened.set(name, (this.happened.get(name) ?? 0) + 1)
    return fault
  }

  later(run: () => void, ms = 5 + this.#options.random.below(LONGEST_MS)): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }

  keepBack(deliver: () => void): void {
    let isKept = true
    const once = (): void => {
      if (isKept) deliver()
      isKept = false
    }
    this.#keptBack.push(once)
    this.later(once, LONGEST_MS)
  }

  wentOn(): void {
    const kept = this.#keptBack
    this.#keptBack = []
    // Behind it on the way as well.
    for (const deliver of kept) this.later(deliver, 10)
  }

  deliver(request: Buffer): void {
    if (this.isShut) return
    const server = connect(this.#options.serverPort, '127.0.0.1')
    const answer = new HttpBytes('answers')
    this.#deliveries.add(server)
    server.on('data', (bytes: Buffer) => {
      if (answer.push(bytes).some(({ isLast }) => isLast)) server.destroy()
    })
    server.on('error', () => server.destroy())
    server.on('close', () => this.#deliveries.delete(server))
    server.write(request)
  }

  #serve(client: Socket): void {
    if (this.isShut) return void client.resetAndDestroy()
    const passage = new Passage(client, this, () => this.#passages.delete(passage))
    this.#passages.add(passage)
  }
}
