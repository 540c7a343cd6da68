/**
 * One seeded run: people type words of their own through a proxy that does its worst, over whatever transports they like.
 * What was said to be saved has to be stored; once it is calm everybody has every word once and sees everybody; and when they
 * have gone nothing is left, neither of them nor for them.
 */
import type { Environment, TransportName } from '@cometpad/provider'
import { SeededRandom } from '@cometpad/shared/testing'
import { ChaosProxy } from './chaos-proxy.ts'
import { fastClock } from './fast-clock.ts'
import type { FaultName } from './faults.ts'
import { look } from './look.ts'
import { Person, Program, wordOf } from './people.ts'
import type { Told } from './people.ts'

/** A run, for the one who ends the server under it. */
export interface UnderWay {
  readonly documentId: string
  readonly told: readonly Told[]
  /** Lets nobody through, or through again. */
  shut(isShut: boolean): void
}

/** The server that is run against. */
export interface ChaosService {
  readonly port: number
  readonly url: string
  enter(run: UnderWay): void
  leave(run: UnderWay): void
  /** Resolves when it is there. */
  ready(): Promise<void>
}

export interface RunOptions {
  readonly seed: number
  readonly percent?: number
  readonly only?: readonly FaultName[]
  /** It never gets calm. */
  readonly isEndless?: boolean
  /** Default: drawn for each person. */
  readonly transport?: 'auto' | TransportName
  /** Breaks a mechanism of the clients, to see that the run notices. */
  readonly sabotage?: (environment: Environment) => Environment
  /** A program types as well; with numbered requests, or without. Default: drawn. */
  readonly program?: 'numbered' | 'not numbered' | 'none'
  /** How long it may take once it is calm, by the fast clock. */
  readonly patienceMs?: number
  /** How long it may take until nothing is left of those who have gone. Default: the same. */
  readonly clearMs?: number
  /** Called before each word. */
  readonly onWord?: (word: number) => Promise<void> | void
}

/** A promise was broken, which no machine that stalls can excuse. */
export class Loss extends Error {
  override readonly name = 'Loss'
}

export const WORDS = 24
const PEOPLE = 3
/** Ten minutes, of a clock that makes them half of one. */
const PATIENCE_MS = 600_000
/** A few turns of the event loop. */
const AT_ONCE_MS = 5_000
const clock = fastClock()

/** What has happened, and what is still to come: whether anything is left. */
export interface Played {
  readonly happened: ReadonlyMap<string, number>
  /** Rejects when something is left, or too long. */
  readonly cleared: () => Promise<void>
}

/** Throws at the first broken promise. */
export async function runChaos(service: ChaosService, options: RunOptions): Promise<Played> {
  const { seed, percent = 35, patienceMs = PATIENCE_MS, clearMs = patienceMs } = options
  const random = new SeededRandom(seed)
  const documentId = `chaos-${seed}-${Math.random().toString(36).slice(2)}`
  await service.ready()
  const proxy = await ChaosProxy.start({
    serverPort: service.port,
    random: new SeededRandom(seed + 1),
    percent,
    ...(options.only === undefined ? {} : { only: options.only }),
  })
  const people = Array.from(
    { length: PEOPLE },
    (_, index) =>
      new Person({
        name: 'abc'.charAt(index),
        server: proxy.url,
        documentId,
        transport:
          options.transport ?? random.pick(['auto', 'auto', 'auto', 'ws', 'stream', 'poll'] as const),
        clock: fastClock(),
        sabotage: options.sabotage ?? ((place) => place),
      }),
  )
  const kind = options.program ?? random.pick(['numbered', 'none'] as const)
  const program = kind === 'none' ? undefined : new Program('p', proxy.url, documentId, kind === 'numbered')
  const everybody = program === undefined ? people : [...people, program]
  const run: UnderWay = {
    documentId,
    get told() {
      return everybody.map(({ told }) => told)
    },
    shut: (isShut) => (proxy.isShut = isShut),
  }
  const end = async (): Promise<void> => {
    for (const one of everybody) one.leave()
    await proxy.stop()
  }
  service.enter(run)
  try {
    for (let word = 0; word < WORDS; word += 1) {
      await options.onWord?.(word)
      for (const person of people) person.type(random)
      program?.type()
      await new Promise((resolve) => setTimeout(resolve, random.below(40)))
    }
    await asked(service, () => checkSaved(service.url, documentId, run.told))
    if (options.isEndless !== true) proxy.calm()
    await settle(people, program, patienceMs)
    await checkStore(service, documentId, people)
  } catch (cause) {
    await end()
    throw cause
  } finally {
    service.leave(run)
  }
  for (const one of everybody) one.leave()
  const cleared = async (): Promise<void> => {
    try {
      await nothingLeft(people, proxy, clearMs)
      await nobodyPresent(service, documentId, clearMs)
    } finally {
      await end()
    }
  }
  return { happened: proxy.happened, cleared }
}

/** What they were told is saved is what a newcomer gets. */
export async function checkSaved(server: string, documentId: string, told: readonly Told[]): Promise<void> {
  const { text } = await look(server, documentId)
  for (const { name, saved } of told)
    for (let word = 0; word < saved; word += 1)
      if (!text.includes(wordOf(name, word)))
        throw new Loss(`"${wordOf(name, word)}" was said to be saved and is not stored`)
}

/** Everybody has every word once, knows that it is saved, and sees who is there. */
async function settle(
  people: readonly Person[],
  program: Program | undefined,
  patienceMs: number,
): Promise<void> {
  const expected = [...people, ...(program === undefined ? [] : [program])]
    .flatMap(({ name, typed }) => Array.from({ length: typed }, (_, n) => wordOf(name, n)))
    .toSorted()
  const whole = expected.join('')
  const [first] = people
  const isDone = (): boolean => {
    if (program?.refusal !== undefined) throw new Error(`refused for good: ${program.refusal}`)
    if (program?.isContent === false) return false
    return people.every(
      (person) =>
        person.isContent(people.length) && person.text === first?.text && isWhole(person.text, whole),
    )
  }
  await until(isDone, patienceMs, () => {
    const complaints = people.map(({ text, complaint }) => {
      const missing = expected.filter((word) => !text.includes(word)).length
      return `${complaint}, ${missing} missing`
    })
    return [
      ...complaints,
      ...(program === undefined ? [] : [`program: ${program.told.saved} of ${program.typed}`]),
    ].join('; ')
  })
}

function isWhole(text: string, whole: string): boolean {
  return text.length === whole.length && wordsOf(text).toSorted().join('') === whole
}

function wordsOf(text: string): string[] {
  return text.split(/(?<=>)/)
}

async function checkStore(
  service: ChaosService,
  documentId: string,
  [first]: readonly Person[],
): Promise<void> {
  const { text, repeated } = await asked(service, () => look(service.url, documentId))
  const lacking = wordsOf(first?.text ?? '').filter((word) => !text.includes(word))
  if (text !== first?.text)
    throw new Loss(`The store has something else than the people, and lacks ${lacking.join(' ')}`)
  if (repeated > 0) throw new Error(`${repeated} entries of the log bring nothing`)
}

/** A client that has left has no timers from then on; connections end when those who are silent are given up. */
async function nothingLeft(people: readonly Person[], proxy: ChaosProxy, ms: number): Promise<void> {
  const left = (what: 'timers' | 'webSockets'): string[] =>
    people.flatMap((person) => (person[what] === 0 ? [] : [`${person[what]} ${what} of ${person.name}`]))
  await until(
    () => left('timers').length === 0,
    AT_ONCE_MS,
    () => `left are: ${left('timers').join(', ')}`,
  )
  const open = (): string[] => [...left('webSockets'), ...proxy.underWay]
  await until(
    () => open().length === 0,
    ms,
    () => `left are: ${open().join(', ')}`,
  )
}

async function nobodyPresent(service: ChaosService, documentId: string, patienceMs: number): Promise<void> {
  const deadline = clock.now() + patienceMs
  for (;;) {
    const { present } = await asked(service, () => look(service.url, documentId))
    if (present === 0) return
    if (clock.now() > deadline) throw new Error(`left are: ${present} who are still present`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Once more when the server was just being killed. */
async function asked<T>(service: ChaosService, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    await service.ready()
    try {
      return await ask()
    } catch (cause) {
      if (cause instanceof Loss || tries >= 20) throw cause
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function until(isDone: () => boolean, ms: number, complaint: () => string): Promise<void> {
  const deadline = clock.now() + ms
  while (!isDone()) {
    if (clock.now() > deadline) throw new Error(complaint())
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
