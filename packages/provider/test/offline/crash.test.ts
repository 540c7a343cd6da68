/**
 * Tabs that share a device, type, lose their server and die between any two writes. What was said to be kept is stored in
 * the end, once, and what is kept is the document.
 */
import { limits } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { expect, test } from 'vitest'
import { IndexedDbStore } from '../../src/offline/indexeddb-store.ts'
import type { Look, Step, Steps } from '../../src/offline/indexeddb-connection.ts'
import { MemoryConnection } from './memory-connection.ts'
import { Tab } from './tab.ts'
import { TinyServer } from './tiny-server.ts'

const SEEDS = Number(process.env['TEST_OFFLINE_RUNS'] ?? 60)
const FIRST = Number(process.env['TEST_SEED'] ?? 1)
const ACTIONS = 60

/** The steps of one process: they wait for their turn, and never happen once it is dead. */
class Process implements Steps {
  readonly #disk: MemoryConnection
  readonly #waiting: {
    readonly happen: () => void
    readonly run: ((step: Step) => Promise<unknown>) | undefined
  }[] = []
  isDead = false
  #isLeaving = false

  constructor(disk: MemoryConnection) {
    this.#disk = disk
  }

  step<Result>(durability: 'strict' | 'relaxed', run: (step: Step) => Promise<Result>): Promise<Result> {
    if (!this.#isLeaving) return this.#ask(() => this.#disk.step(durability, run), run)
    void this.#disk.lastStep(run)
    return new Promise(() => undefined)
  }

  look<Result>(run: (look: Look) => Promise<Result>): Promise<Result> {
    return this.#ask(() => this.#disk.look(run))
  }

  /** Nothing is answered any more: of all that is under way, and of what is asked for now, only that counts which was ended at once. */
  leave(): void {
    this.#isLeaving = true
    for (const { run } of this.#waiting.splice(0)) if (run !== undefined) void this.#disk.lastStep(run)
  }

  #ask<Result>(happen: () => Promise<Result>, run?: (step: Step) => Promise<unknown>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ happen: () => void this.#happen(happen(), resolve, reject), run })
    })
  }

  /** When it is dead nobody is left to hear of what has happened. */
  async #happen<Result>(
    asked: Promise<Result>,
    resolve: (result: Result) => void,
    reject: (cause: unknown) => void,
  ): Promise<void> {
    try {
      const result = await asked
      if (!this.isDead) resolve(result)
    } catch (cause) {
      if (!this.isDead) reject(cause)
    }
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Lets the next step happen. */
  go(): void {
    if (!this.isDead) this.#waiting.shift()?.happen()
  }
}

interface Life {
  readonly tab: Tab
  readonly process: Process
  readonly typed: string[]
}

class World {
  readonly disk = new MemoryConnection()
  readonly server = new TinyServer()
  readonly random: SeededRandom
  readonly promised = new Set<string>()
  lives: Life[] = []
  #words = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  open(): Life {
    const process = new Process(this.disk)
    const store = new IndexedDbStore(process, () => 0)
    const life: Life = { tab: new Tab(this.server, () => store), process, typed: [] }
    this.lives.push(life)
    life.tab.provider.on('keeping', () => this.#listen(life))
    life.tab.provider.on('saved', () => this.#listen(life))
    return life
  }

  type(life: Life): void {
    // As in the editor: nobody types before the text is here.
    if (!life.tab.provider.restored && !life.tab.provider.synced) return
    this.#words += 1
    const word = `<${this.#words}>`
    life.typed.push(word)
    life.tab.type(word)
  }

  kill(life: Life): void {
    this.#listen(life)
    life.process.isDead = true
    life.tab.kill()
    this.lives = this.lives.filter((other) => other !== life)
  }

  /** The page is left: it is told, and whatever takes more than one request is cut short. All that was typed is promised. */
  leave(life: Life): void {
    life.process.leave()
    life.tab.hide()
    if (life.tab.provider.keeping.state !== 'opening') for (const word of life.typed) this.promised.add(word)
    life.process.isDead = true
    life.tab.kill()
    this.lives = this.lives.filter((other) => other !== life)
  }

  /** Everything that can happen by itself happens. */
  async settle(): Promise<void> {
    for (let round = 0; round < 60; round += 1) {
      for (const { process, tab } of this.lives) {
        tab.clock.advance(limits.offlineStateMs)
        while (process.hasWaiting) {
          process.go()
          await turn()
        }
      }
      await turn()
    }
  }

  #listen({ tab, typed }: Life): void {
    if (tab.provider.keeping.state === 'kept') for (const word of typed) this.promised.add(word)
  }
}

test.each(Array.from({ length: SEEDS }, (_, at) => FIRST + at))(
  '[OF1, OF2, OF3, OF5, OF7] whatever dies when, what was said to be kept is stored once (seed %i)',
  async (seed) => {
    const world = new World(seed)
    const { random, server } = world
    const pick = <Value>(values: readonly Value[]): Value | undefined =>
      values[Math.floor(random.next() * values.length)]
    world.open()
    await world.settle()
    for (let action = 0; action < ACTIONS; action += 1) {
      const life = pick(world.lives)
      const dice = random.next()
      if (life === undefined || (dice < 0.04 && world.lives.length < 3)) world.open()
      else if (dice < 0.4) world.type(life)
      else if (dice < 0.7) life.process.go()
      else if (dice < 0.82) life.tab.clock.advance(pick([limits.offlineDelayMs, limits.offlineStateMs]) ?? 0)
      else if (dice < 0.84) life.tab.hide()
      else if (dice < 0.87) world.leave(life)
      else if (dice < 0.9) server.acknowledges = !server.acknowledges
      else if (dice < 0.95) {
        if (server.isUp) server.goDown()
        else server.isUp = true
      } else world.kill(life)
      await turn()
    }
    for (const life of world.lives) world.kill(life)

    server.isUp = true
    server.acknowledges = true
    const heir = world.open()
    await world.settle()
    expect(heir.tab.provider.saved).toBe(true)
    const words: string[] = server.text.match(/<\d+>/g) ?? []
    expect(new Set(words).size).toBe(words.length)
    expect([...world.promised].filter((word) => !words.includes(word))).toEqual([])
    expect(heir.tab.text).toBe(server.text)
    expect(world.disk.rows.filter(({ unsent }) => unsent === 1)).toEqual([])
    world.kill(heir)

    // What is kept is the document, also for somebody who has nothing else, and for whom the server adds nothing.
    const { repeated } = server
    server.isUp = false
    const reader = world.open()
    await world.settle()
    expect(reader.tab.text).toBe(server.text)
    world.kill(reader)
    server.isUp = true
    const back = world.open()
    await world.settle()
    expect(back.tab.text).toBe(server.text)
    expect(server.repeated).toBe(repeated)
    expect(back.tab.errors).toEqual([])
    world.kill(back)
  },
)

/** Whatever is promised by now has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
