/** A browser with tabs, in memory: its locks, its channels, and pages that can be closed, killed or frozen. */
import { CometpadProvider } from '../../src/index.ts'
import type {
  ClaimEvents,
  Environment,
  PageEvent,
  TabChannel,
  Tabs,
  TransportOption,
} from '../../src/index.ts'
import type { FakeClock, SeededRandom } from '@cometpad/shared/testing'
import * as Y from 'yjs'
import type { LogServer } from './log-server.ts'

/** What becomes of a message on a channel: after how many ms it is heard, as often as there are figures. */
export type Fate = (message: unknown) => readonly number[]

interface Claim {
  readonly tab: Tab
  readonly events: ClaimEvents
}

export class Browser {
  readonly clock: FakeClock
  readonly server: LogServer
  readonly random: SeededRandom
  readonly tabs: Tab[] = []
  fate: Fate = () => [0]
  readonly #locks = new Map<string, Claim[]>()
  readonly #ears = new Map<string, Set<{ readonly tab: Tab; readonly hear: (message: unknown) => void }>>()

  constructor(clock: FakeClock, server: LogServer, random: SeededRandom) {
    this.clock = clock
    this.server = server
    this.random = random
  }

  /** Names of the locks that somebody holds. */
  get locks(): string[] {
    return [...this.#locks].flatMap(([name, claims]) => (claims.length > 0 ? [name] : []))
  }

  get leader(): Tab | undefined {
    for (const [first] of this.#locks.values()) if (first !== undefined) return first.tab
    return undefined
  }

  get followers(): Tab[] {
    return this.tabs.filter((tab) => tab !== this.leader)
  }

  open(options: TabOptions = {}): Tab {
    const tab = new Tab(this, options)
    this.tabs.push(tab)
    return tab
  }

  portsOf(tab: Tab): Tabs {
    return {
      claim: (name, steals, events) => this.#claim(tab, name, steals, events),
      channel: (name, hear) => this.#channel(tab, name, hear),
    }
  }

  forget(tab: Tab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    for (const ears of this.#ears.values()) for (const ear of ears) if (ear.tab === tab) ears.delete(ear)
    for (const [name, claims] of this.#locks)
      for (const claim of claims.filter((known) => known.tab === tab)) this.#drop(name, claim)
  }

  #claim(tab: Tab, name: string, steals: boolean, events: ClaimEvents): () => void {
    const claims = this.#locks.get(name) ?? []
    this.#locks.set(name, claims)
    const claim = { tab, events }
    const told = (tell: () => void): void => tab.run(() => void (claims.includes(claim) && tell()))
    const [holder] = claims
    if (steals && holder !== undefined) {
      claims.splice(0, 1, claim)
      holder.tab.run(() => holder.events.lost())
      told(() => events.held())
    } else {
      claims.push(claim)
      told(() => (claims[0] === claim ? events.held() : events.busy()))
    }
    return () => this.#drop(name, claim)
  }

  #drop(name: string, claim: Claim): void {
    const claims = this.#locks.get(name) ?? []
    const at = claims.indexOf(claim)
    if (at < 0) return
    claims.splice(at, 1)
    const [next] = claims
    if (at === 0 && next !== undefined) next.tab.run(() => void (claims[0] === next && next.events.held()))
  }

  #channel(tab: Tab, name: string, hear: (message: unknown) => void): TabChannel {
    const ears = this.#ears.get(name) ?? new Set()
    this.#ears.set(name, ears)
    const own = { tab, hear }
    ears.add(own)
    return {
      post: (message) => {
        const said = structuredClone(message)
        for (const ear of ears)
          if (ear !== own)
            for (const ms of this.fate(said))
              this.clock.after(ms, () => ear.tab.run(() => void (ears.has(ear) && ear.hear(said))))
      },
      close: () => void ears.delete(own),
    }
  }
}

export interface TabOptions {
  readonly transport?: TransportOption
  readonly token?: string
  /** Knows of no other tabs. */
  readonly isAlone?: boolean
}

export class Tab {
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider
  readonly told: string[] = []
  readonly #browser: Browser
  /** What happens while the page is frozen; undefined: it is not. */
  #waiting: (() => void)[] | undefined
  #isDead = false
  #page: (event: PageEvent) => void = () => undefined

  constructor(browser: Browser, { transport = 'stream', token, isAlone = false }: TabOptions) {
    this.#browser = browser
    const { clock, server, random } = browser
    const environment: Environment = {
      clock: {
        now: () => clock.now(),
        after: (ms, run) => {
          let isOff = false
          const stop = clock.after(ms, () => this.run(() => void (!isOff && run())))
          return () => {
            isOff = true
            stop()
          }
        },
      },
      random: () => random.next(),
      wallClock: () => clock.now(),
      onPage: (listener) => {
        this.#page = listener
        return () => (this.#page = () => undefined)
      },
      fetch: server.fetchOf((happen) => this.run(happen)),
      tabs: isAlone ? undefined : browser.portsOf(this),
    }
    this.provider = new CometpadProvider({
      server: 'https://pad.example',
      documentId: 'notes',
      doc: this.doc,
      transport,
      environment,
      awareness: null,
      ...(token === undefined ? {} : { token }),
    })
    this.provider.on('status', ({ status }) => this.told.push(status))
    this.provider.on('broadcast', (payload) => this.told.push(`broadcast ${payload.join()}`))
    this.provider.on('error', ({ code }) => this.told.push(`error ${code}`))
  }

  get text(): string {
    return this.doc.getText('t').toJSON()
  }

  get isFrozen(): boolean {
    return this.#waiting !== undefined
  }

  run(happen: () => void): void {
    if (this.#isDead) return
    if (this.#waiting === undefined) happen()
    else this.#waiting.push(happen)
  }

  type(word: string): void {
    this.doc.getText('t').insert(this.doc.getText('t').length, word)
  }

  tell(event: PageEvent): void {
    this.run(() => this.#page(event))
  }

  /** Nothing runs in the page any more; what it holds stays. */
  freeze(): void {
    this.#waiting ??= []
  }

  thaw(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const happen of waiting) this.run(happen)
  }

  /** The page ends without a word; the browser takes back what it held. */
  kill(): void {
    this.freeze()
    this.provider.destroy()
    this.#isDead = true
    this.#browser.forget(this)
  }

  close(): void {
    this.tell('hide')
    this.provider.destroy()
    this.#browser.forget(this)
  }
}
