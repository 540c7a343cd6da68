/**
 * Who may do what in which document, beside what their tokens say: one sheet for each document, the same object for as long as
 * anybody holds it. Grants look at it each time they are asked, so that a change is true for all of them at once.
 * Knows no tokens and no secrets.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits, Role } from '@cometpad/shared'
import type { AccessPort, AccessRecord, AccessSheet, AccessStore, PersonAccess, ShareLink } from './ports.ts'

export interface AccessBookDeps {
  readonly store: AccessStore
  readonly limits: Pick<Limits, 'accessPeople' | 'shareLinks' | 'waitingAccessChanges'>
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

class Sheet implements AccessSheet {
  people: ReadonlyMap<string, PersonAccess> = new Map()
  links: ReadonlyMap<string, ShareLink> = new Map()
  isOver = false

  take({ people, links }: AccessRecord): void {
    this.people = new Map(people.map((person) => [person.subject, person]))
    this.links = new Map(links.map((link) => [link.linkId, link]))
  }
}

/** Changes of one document follow each other. */
interface Turn {
  last: Promise<unknown>
  waiting: number
}

export class AccessBook implements AccessPort {
  readonly #deps: AccessBookDeps
  /** Grants hold their sheets; the book itself keeps none alive. */
  readonly #sheets = new Map<string, WeakRef<Sheet>>()
  readonly #loading = new Map<string, Promise<Sheet>>()
  readonly #turns = new Map<string, Turn>()
  readonly #unheld = new FinalizationRegistry<string>((documentId) => {
    if (this.#sheets.get(documentId)?.deref() === undefined) this.#sheets.delete(documentId)
  })

  constructor(deps: AccessBookDeps) {
    this.#deps = deps
  }

  sheetOf(documentId: string): Promise<AccessSheet> {
    return this.#sheet(documentId)
  }

  setRole(documentId: string, subject: string, role: Role | 'none' | null, by: string): Promise<void> {
    return this.#change(documentId, ({ people, links }) => {
      const others = [...people.values()].filter((person) => person.subject !== subject)
      if (role === null) return { people: others, links: [...links.values()] }
      if (others.length >= this.#deps.limits.accessPeople) throw new CometpadError('ACCESS_LIST_FULL')
      const changed = { subject, role, changedBy: by, changedAt: this.#deps.now() }
      return { people: [...others, changed], links: [...links.values()] }
    })
  }

  addLink(documentId: string, link: ShareLink): Promise<void> {
    return this.#change(documentId, ({ people, links }) => {
      // Those that nobody can use any more make room.
      const now = this.#deps.now()
      const others = [...links.values()].filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
      if (others.length >= this.#deps.limits.shareLinks) throw new CometpadError('ACCESS_LIST_FULL')
      return { people: [...people.values()], links: [...others, link] }
    })
  }

  removeLink(documentId: string, linkId: string): Promise<void> {
    return this.#change(documentId, ({ people, links }) => ({
      people: [...people.values()],
      links: [...links.values()].filter((link) => link.linkId !== linkId),
    }))
  }

  /** The document was deleted: what is made in its place later begins with a sheet of its own. */
  forget(documentId: string): void {
    const loading = this.#loading.get(documentId)
    const sheet = this.#sheets.get(documentId)?.deref()
    this.#loading.delete(documentId)
    this.#sheets.delete(documentId)
    if (sheet !== undefined) sheet.isOver = true
    // Whoever waits for it hears of a failure; here it only has to be known as over.
    loading?.then(
      (late) => (late.isOver = true),
      () => undefined,
    )
  }

  async #sheet(documentId: string): Promise<Sheet> {
    const held = this.#sheets.get(documentId)?.deref()
    if (held !== undefined) return held
    const other = this.#loading.get(documentId)
    if (other !== undefined) return other
    const loading = this.#load(documentId)
    this.#loading.set(documentId, loading)
    try {
      const sheet = await loading
      if (this.#loading.get(documentId) === loading) {
        this.#sheets.set(documentId, new WeakRef(sheet))
        this.#unheld.register(sheet, documentId)
      }
      return sheet
    } finally {
      if (this.#loading.get(documentId) === loading) this.#loading.delete(documentId)
    }
  }

  async #load(documentId: string): Promise<Sheet> {
    const sheet = new Sheet()
    const record = await this.#deps.store.read(documentId)
    if (record !== undefined) sheet.take(record)
    return sheet
  }

  /** One after the other: what one change says must not be lost in the next. */
  async #change(documentId: string, plan: (sheet: AccessSheet) => AccessRecord): Promise<void> {
    const turn = this.#turns.get(documentId) ?? { last: Promise.resolve(), waiting: 0 }
    if (turn.waiting >= this.#deps.limits.waitingAccessChanges) throw new CometpadError('OVERLOADED')
    turn.waiting += 1
    this.#turns.set(documentId, turn)
    const changed = this.#changeAfter(turn.last, documentId, plan)
    // Whoever asked hears of a failure; the next one only waits for its end.
    turn.last = changed.catch(() => undefined)
    try {
      await changed
    } finally {
      turn.waiting -= 1
      if (turn.waiting === 0) this.#turns.delete(documentId)
    }
  }

  async #changeAfter(
    last: Promise<unknown>,
    documentId: string,
    plan: (sheet: AccessSheet) => AccessRecord,
  ): Promise<void> {
    await last
    const sheet = await this.#sheet(documentId)
    const record = plan(sheet)
    await this.#deps.store.write(documentId, record)
    sheet.take(record)
  }
}
