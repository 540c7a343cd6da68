/**
 * One seeded run: people type words of their own through a proxy that does its worst, over whatever transports they
 * like. What was said to be saved has to be stored; once it is calm everybody has every word once; and when they have gone nothing is left.
 */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { Environment, TransportName } from '@cometpad/provider'
import type { Clock } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { ChaosProxy } from './chaos-proxy.ts'
import type { Fault } from './chaos-proxy.ts'
import type { ChaosService } from './chaos-service.ts'

export interface RunOptions {
  readonly seed: number
  readonly clock: Clock
  readonly percent?: number
  readonly only?: readonly Fault[]
  /** Default: drawn for each person. */
  readonly transport?: 'auto' | TransportName
  /** Breaks a mechanism of the client, to see that the run notices. */
  readonly sabotage?: (environment: Environment) => Environment
  /** How long it may take once it is calm. */
  readonly patienceMs?: number
}

const PEOPLE = 3
const WORDS = 24
const PATIENCE_MS = 30_000

class Person {
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider
  readonly name: string
  typed = 0

  constructor(name: string, provider: (doc: Y.Doc) => CometpadProvider) {
    this.name = name
    this.provider = provider(this.doc)
  }

  type(random: SeededRandom): void {
    const text = this.doc.getText('text')
    text.insert(random.chance(0.5) ? 0 : text.length, `<${this.name}${this.typed}>`)
    this.typed += 1
  }

  get text(): string {
    return this.doc.getText('text').toJSON()
  }

  /** So many of its words were said to be saved, the oldest first. */
  get saved(): number {
    return this.typed - this.provider.unsavedChanges
  }

  leave(): void {
    this.provider.destroy()
    this.doc.destroy()
  }
}

/** Gives what has happened, or throws at the first broken promise. */
export async function runChaos(service: ChaosService, options: RunOptions): Promise<Map<string, number>> {
  const { seed, clock, percent = 35, patienceMs = PATIENCE_MS, sabotage = (place) => place } = options
  const random = new SeededRandom(seed)
  const documentId = `chaos-${seed}-${Math.random().toString(36).slice(2)}`
  const proxy = await ChaosProxy.start({
    upstreamPort: service.port,
    random: new SeededRandom(seed + 1),
    percent,
    ...(options.only === undefined ? {} : { only: options.only }),
  })
  const people = Array.from({ length: PEOPLE }, (_, index) => {
    const transport =
      options.transport ?? random.pick(['auto', 'auto', 'auto', 'ws', 'stream', 'poll'] as const)
    const environment = sabotage({ ...browserEnvironment(WebSocket), clock, storage: undefined })
    return new Person(
      'abc'.charAt(index),
      (doc) => new CometpadProvider({ server: proxy.url, documentId, doc, transport, environment }),
    )
  })
  try {
    for (let word = 0; word < WORDS; word += 1) {
      for (const person of people) person.type(random)
      await new Promise((resolve) => setTimeout(resolve, random.below(40)))
    }
    const promised = people.map(({ name, saved }) => ({ name, saved }))
    const stored = await service.stored(documentId)
    for (const { name, saved } of promised)
      for (let word = 0; word < saved; word += 1)
        if (!stored.includes(`<${name}${word}>`))
          throw new Error(`"${name}${word}" was said to be saved and is not stored`)
    proxy.calm()
    await settle(people, service, documentId, patienceMs)
    for (const person of people) person.leave()
    await until(
      () => proxy.connections.length === 0,
      10_000,
      () => `left are: ${proxy.connections.join(', ')}`,
    )
    return proxy.happened
  } finally {
    for (const person of people) person.leave()
    await proxy.stop()
  }
}

/** Everybody has every word once, and so has the store, and knows that it is saved. */
async function settle(
  people: readonly Person[],
  service: ChaosService,
  documentId: string,
  patienceMs: number,
): Promise<void> {
  const expected = people
    .flatMap(({ name, typed }) => Array.from({ length: typed }, (_, n) => `<${name}${n}>`))
    .toSorted()
  const whole = expected.join('')
  const isWhole = (text: string): boolean =>
    text.length === whole.length &&
    text
      .split(/(?<=>)/)
      .toSorted()
      .join('') === whole
  const [first] = people
  const isDone = (): boolean =>
    people.every(
      ({ provider, text }) => provider.synced && provider.saved && text === first?.text && isWhole(text),
    )
  await until(isDone, patienceMs, () =>
    people
      .map(({ name, text, provider }) => {
        const { status, transportState, unsavedChanges } = provider
        const missing = expected.filter((word) => !text.includes(word)).length
        return `${name}: ${status} over ${transportState.transport}, ${unsavedChanges} not saved, ${missing} missing`
      })
      .join('; '),
  )
  if (!isWhole(await service.stored(documentId)))
    throw new Error('The store has something else than the people')
}

async function until(isDone: () => boolean, ms: number, complaint: () => string): Promise<void> {
  const deadline = performance.now() + ms
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(complaint())
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
