/**
 * A whole service in one thread: the real core, the real provider, and a store, a network and a clock whose every step
 * is drawn from one seed. People write, wires are cut, the process dies; at the end everybody is let through, and the
 * replicas, the store and what was promised on the way must agree.
 */
import { CometpadProvider } from '@cometpad/provider'
import type { TransportRequest } from '@cometpad/provider'
import { decodeMessage, limits } from '@cometpad/shared'
import { FakeClock, SeededRandom } from '@cometpad/shared/testing'
import * as Y from 'yjs'
import { Known } from '../../src/core/gate/known.ts'
import { UNBOUNDED, shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import type { Compute, Log, Snapshot } from '../../src/core/ports.ts'
import { Rooms } from '../../src/core/rooms.ts'
import { MemoryLog } from '../../src/storage/memory-log.ts'
import type { MemoryBatch } from '../../src/storage/memory-log.ts'
import { Link } from './network.ts'

export interface Plan {
  readonly seed: number
  readonly clients: number
  readonly steps: number
}

const DOCUMENT = 'simulated'

const compute: Compute = {
  diff: async (update, vector) => Y.diffUpdate(update, vector),
  cut: Y.diffUpdate,
}

/** One person: a document, a provider, and the links it has opened. */
interface Client {
  readonly name: string
  readonly doc: Y.Doc
  readonly provider: CometpadProvider
  /** Clock of this client's document when everything it had was last said to be saved. */
  savedClock: number
  edits: number
}

export class World {
  readonly random: SeededRandom
  readonly #clock = new FakeClock()
  readonly #plan: Plan
  readonly #clients: Client[] = []
  #links: Link[] = []
  #batches: MemoryBatch[] = []
  #log: MemoryLog
  #rooms: Rooms
  readonly #seen: { readonly known: Known; head: number; snapshot: Snapshot | undefined } = {
    known: new Known(),
    head: 0,
    snapshot: undefined,
  }
  /** What has happened, for the one who repeats a seed. */
  readonly story: string[] = []
  readonly counts = { cuts: 0, crashes: 0, failures: 0, compactions: 0, saved: 0 }

  constructor(plan: Plan) {
    this.#plan = plan
    this.random = new SeededRandom(plan.seed)
    this.#log = new MemoryLog({
      schedule: (batch) => this.#batches.push(batch),
      now: () => this.#clock.now(),
      random: () => this.random.next(),
    })
    this.#rooms = this.#boot()
  }

  /** Plays the plan. Throws at the first broken promise. */
  async run(): Promise<void> {
    for (let n = 0; n < this.#plan.clients; n += 1) this.#clients.push(this.#arrive(n))
    for (let step = 0; step < this.#plan.steps; step += 1) {
      await this.#step()
      this.#checkSaved()
    }
    await this.#quiet()
    await this.#check()
    for (const { provider, doc } of this.#clients) {
      provider.destroy()
      doc.destroy()
    }
    for (const link of this.#links) while (link.hasUp) link.deliverUp()
    await turn()
    this.#endBatches()
    await turn()
    this.#clock.advance(limits.idleRoomMs)
    this.#rooms.beat()
    this.#clock.advance(limits.idleRoomMs)
    this.#rooms.beat()
    expectEqual(this.#rooms.size, { rooms: 0, readers: 0 }, 'rooms and readers that are left behind')
    this.#clock.advance(60_000)
    expectEqual(this.#clock.timers, 0, 'timers that are left behind')
  }

  #boot(): Rooms {
    const report = {
      refused: (code: string) => void this.story.push(`refused ${code}`),
      failed: (what: string) => void this.story.push(`failed ${what}`),
    }
    return new Rooms({
      authorizer: { renew: async () => ({ subject: 'anonymous', role: 'editor' }) },
      log: this.#log,
      compute,
      clock: this.#clock,
      report,
      // Small bounds, so that a short run crosses them.
      limits: { ...limits, tailBytes: 600, pageBytes: 300 },
      random: () => this.random.next(),
    })
  }

  #arrive(n: number): Client {
    const doc = new Y.Doc()
    doc.clientID = 1_000 + n
    const provider = new CometpadProvider({
      server: 'http://simulated',
      documentId: DOCUMENT,
      doc,
      awareness: null,
      environment: {
        clock: this.#clock,
        random: () => this.random.next(),
        wallClock: () => this.#clock.now(),
        onPage: () => () => undefined,
      },
      transport: {
        open: (request, events) => {
          const link = new Link(
            { message: (bytes) => events.message(bytes), close: (code) => events.close(code) },
            (bytes) => this.#overhear(bytes),
            this.random.pick([200, 2_000, 1_000_000]),
          )
          this.#links.push(link)
          link.accept((sink) => this.#rooms.join({ ...joinOf(request), sink }))
          return {
            send: (bytes: Uint8Array) => link.sendUp(bytes),
            probe: () => undefined,
            farewell: () => link.closeFromClient(),
            close: () => link.closeFromClient(),
          }
        },
      },
    })
    return { name: `client ${n}`, doc, provider, savedClock: 0, edits: 0 }
  }

  async #step(): Promise<void> {
    const { random } = this
    const dice = random.next()
    if (dice < 0.3) this.#edit(random.pick(this.#clients))
    else if (dice < 0.75) this.#deliver()
    else if (dice < 0.87) this.#endBatch()
    else if (dice < 0.95) this.#clock.advance(random.below(600))
    else if (dice < 0.975) this.#cut()
    else if (dice < 0.985) await this.#compact()
    else if (dice < 0.993) this.#rooms.beat()
    else this.#crash()
    await turn()
  }

  #edit(client: Client): void {
    const { random } = this
    const text = client.doc.getText('text')
    client.edits += 1
    const dice = text.length === 0 ? 0 : random.next()
    const from = random.below(Math.max(1, text.length))
    if (dice < 0.6) text.insert(random.below(text.length + 1), `${client.name}.${client.edits} `)
    else if (dice < 0.84) text.delete(from, 1 + random.below(Math.min(12, text.length - from)))
    else if (dice < 0.92)
      text.format(from, 1 + random.below(text.length - from), { bold: random.chance(0.5) ? true : null })
    else client.doc.getMap('map').set(`key ${random.below(4)}`, `${client.name}.${client.edits}`)
  }

  #deliver(): void {
    const busy = this.#links.filter((link) => link.hasUp || link.hasDown)
    if (busy.length === 0) return
    const link = this.random.pick(busy)
    for (let n = 1 + this.random.below(4); n > 0; n -= 1) {
      if (link.hasUp && (!link.hasDown || this.random.chance(0.5))) link.deliverUp()
      else if (link.hasDown) link.deliverDown()
    }
    if (link.isOver) this.#links = this.#links.filter((other) => other !== link || link.waiting > 0)
  }

  #endBatch(): void {
    const batch = this.#batches.shift()
    if (batch === undefined) return
    if (this.random.chance(0.03)) {
      this.counts.failures += 1
      this.story.push('the store fails')
      batch.fail(new Error('The disk is full'))
    } else batch.commit()
  }

  #endBatches(): void {
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) batch.commit()
  }

  #cut(): void {
    if (this.#links.length === 0) return
    this.counts.cuts += 1
    this.random.pick(this.#links).cut(this.random)
  }

  #crash(): void {
    this.counts.crashes += 1
    this.story.push('the process dies')
    for (const link of this.#links) link.crash(this.random)
    this.#batches = []
    this.#log = this.#log.crash({ keepInFlight: this.random.chance(0.5) })
    this.#rooms = this.#boot()
  }

  async #compact(): Promise<void> {
    const log = this.#log
    const head = await log.find(DOCUMENT)
    if (head === undefined || head.head <= head.snapshotOffset) return
    const doc = await replay(log)
    this.counts.compactions += 1
    // Not awaited: it becomes durable with the next batch, or dies with the process.
    void log
      .compact(DOCUMENT, { offset: head.head, update: Y.encodeStateAsUpdate(doc) })
      .catch(() => undefined)
  }

  /** Everybody is let through until nothing moves any more. */
  async #quiet(): Promise<void> {
    for (let round = 0; round < 2_000; round += 1) {
      this.#endBatches()
      for (const link of this.#links) {
        while (link.hasUp) link.deliverUp()
        while (link.hasDown) link.deliverDown()
      }
      await turn()
      const isBusy = this.#batches.length > 0 || this.#links.some((link) => link.hasUp || link.hasDown)
      const isSaved = this.#clients.every(({ provider }) => provider.saved && provider.synced)
      if (!isBusy && isSaved) return
      if (!isBusy) {
        this.#clock.advance(1_000)
        this.#rooms.beat()
      }
    }
    const states = this.#clients.map(
      ({ name, provider }) =>
        `${name}: ${provider.status}, synced ${provider.synced}, unsaved ${provider.unsavedChanges}`,
    )
    throw new Error(`It does not come to rest. ${states.join('; ')}`)
  }

  /** Whatever reaches a client must be durable already: commit first, then relay. */
  #overhear(bytes: Uint8Array): void {
    const message = decodeMessage(bytes)
    const { known, head } = this.#durable()
    if (message.type === 'saved' || message.type === 'position')
      expectEqual(
        message.offset <= head,
        true,
        `${message.type} ${message.offset} with a durable head of ${head}`,
      )
    else if (message.type === 'update' || message.type === 'answer')
      expectEqual(
        known.covers(shapeOfUpdate(message.update, UNBOUNDED)),
        true,
        'a client sees only what is durable',
      )
  }

  /** What is durable now. Only ever grows, so only what is new is looked at. */
  #durable(): { known: Known; head: number } {
    const { snapshot, entries } = this.#log.durable(DOCUMENT)
    // A snapshot may say more than its entries did: what Yjs deletes by itself while it builds a document.
    if (snapshot !== undefined && snapshot !== this.#seen.snapshot) {
      this.#seen.known.add(shapeOfUpdate(snapshot.update, UNBOUNDED))
      this.#seen.head = Math.max(this.#seen.head, snapshot.offset)
      this.#seen.snapshot = snapshot
    }
    for (let index = entries.length - 1; index >= 0; index -= 1) {
      const entry = entries[index]
      if (entry === undefined || entry.offset <= this.#seen.head) break
      this.#seen.known.add(shapeOfUpdate(entry.update, UNBOUNDED))
    }
    this.#seen.head = Math.max(this.#seen.head, entries.at(-1)?.offset ?? 0)
    return this.#seen
  }

  #checkSaved(): void {
    let state: Known | undefined
    for (const client of this.#clients) {
      if (!client.provider.saved || client.provider.status === 'stopped') continue
      const clock = Y.getState(client.doc.store, client.doc.clientID)
      if (clock === client.savedClock) continue
      state ??= this.#durable().known
      client.savedClock = clock
      this.counts.saved += 1
    }
    if (state === undefined) return
    for (const { name, doc, savedClock } of this.#clients)
      expectEqual(state.clock(doc.clientID) >= savedClock, true, `${name}: what was saved is in the store`)
  }

  async #check(): Promise<void> {
    const stored = await replay(this.#log)
    const expected = contentOf(stored)
    for (const { name, doc } of this.#clients)
      expectEqual(contentOf(doc), expected, `${name} shows what is stored`)
    const { known } = this.#durable()
    for (const { name, doc, savedClock } of this.#clients)
      expectEqual(known.clock(doc.clientID) >= savedClock, true, `${name}: what was saved is in the store`)
  }
}

function joinOf({ whereabouts }: TransportRequest) {
  const { position, generation } = whereabouts()
  return {
    documentId: DOCUMENT,
    grant: { subject: 'anonymous', role: 'editor' as const },
    position: position ?? undefined,
    generation,
  }
}

/** What a newcomer would see after the process died now. */
async function replay(log: Log): Promise<Y.Doc> {
  const doc = new Y.Doc()
  const snapshot = await log.snapshot(DOCUMENT)
  if (snapshot !== undefined) Y.applyUpdate(doc, snapshot.update)
  const entries = await log.read(DOCUMENT, snapshot?.offset ?? 0, Infinity)
  if (entries === 'compacted') throw new Error('Compacted under our hands')
  entries.forEach((entry, index) =>
    expectEqual(entry.offset, (snapshot?.offset ?? 0) + index + 1, 'no hole in the log'),
  )
  for (const { update } of entries) Y.applyUpdate(doc, update)
  expectEqual(doc.store.pendingStructs, null, 'nothing in the store waits for something missing')
  return doc
}

function contentOf(doc: Y.Doc): string {
  const entries = Array.from(doc.getMap('map').entries()).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([doc.getText('text').toDelta(), entries])
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`)
}

/** Lets everything that promises have started come to its end. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
