/**
 * Who may do what in which document, beside what their tokens say: one sheet for each document, the same object for as long as
 * anybody holds it. Grants look at it each time they are asked, so that a change is true for all of them at once.
 * Knows no tokens and no secrets.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits, Role } from '@cometpad/shared'
import type {
  AccessPort,
  AccessRecord,
  AccessSheet,
  AccessStore,
  PersonAccess,
  ShareLink,
  TrailEntry,
} from './ports.ts'
import { isExpired } from './ports.ts'
import { Turns } from './turns.ts'

export interface AccessBookDeps {
  readonly store: AccessStore
  readonly limits: Pick<
    Limits,
    'accessPeople' | 'shareLinks' | 'trailEntries' | 'waitingAccessChanges' | 'waitingAccessChangesInAll'
  >
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

class Sheet implements AccessSheet {
  people: ReadonlyMap<string, PersonAccess> = new Map()
  links: ReadonlyMap<string, ShareLink> = new Map()
  trail: readonly TrailEntry[] = []
  isOver = false
  isUnknown = false

  take({ people, links, trail }: AccessRecord): void {
    this.isUnknown = false
    this.trail = trail
    this.people = new Map(people.map((person) => [person.subject, person]))
    this.links = new Map(links.map((link) => [link.linkId, link]))
  }
}

/** What becomes of a sheet, and what the trail says of it; undefined: nothing. */
type Plan = (
  sheet: AccessSheet,
) => (Partial<Pick<AccessRecord, 'people' | 'links'>> & { readonly entry: TrailEntry }) | undefined

export class AccessBook implements AccessPort {
  readonly #deps: AccessBookDeps
  /** Grants hold their sheets; the book itself keeps none alive. */
  readonly #sheets = new Map<string, WeakRef<Sheet>>()
  readonly #loading = new Map<string, Promise<Sheet>>()
  /** What one change says must not be lost in the next. */
  readonly #turns: Turns
  readonly #unheld = new FinalizationRegistry<string>((documentId) => {
    if (this.#sheets.get(documentId)?.deref() === undefined) this.#sheets.delete(documentId)
  })

  constructor(deps: AccessBookDeps) {
    this.#deps = deps
    const { waitingAccessChanges: each, waitingAccessChangesInAll: all } = deps.limits
    this.#turns = new Turns({ each, all })
  }

  sheetOf(documentId: string): Promise<AccessSheet> {
    return this.#sheet(documentId)
  }

  setRole(
    documentId: string,
    subject: string,
    role: Role | 'none' | null,
    by: string,
    check: () => void = () => undefined,
  ): Promise<void> {
    return this.#change(documentId, ({ people, links: all }) => {
      check()
      const at = this.#deps.now()
      const entry: TrailEntry = { at, by, what: 'role set', about: subject, role }
      const others = [...people.values()].filter((person) => person.subject !== subject)
      if (role === null) return others.length === people.size ? undefined : { people: others, entry }
      if (others.length >= this.#deps.limits.accessPeople) throw new CometpadError('ACCESS_LIST_FULL')
      // Who is no owner any more does not come back by a link of their own.
      const links = [...all.values()].filter(({ createdBy }) => role === 'owner' || createdBy !== subject)
      return { people: [...others, { subject, role, changedBy: by, changedAt: at }], links, entry }
    })
  }

  addLink(documentId: string, link: ShareLink, check: () => void = () => undefined): Promise<void> {
    return this.#change(documentId, ({ links }) => {
      check()
      // Those that nobody can use any more make room.
      const at = this.#deps.now()
      const others = [...links.values()].filter((one) => !isExpired(one, at))
      if (others.length >= this.#deps.limits.shareLinks) throw new CometpadError('ACCESS_LIST_FULL')
      const { linkId, role, createdBy: by } = link
      return { links: [...others, link], entry: { at, by, what: 'link made', about: linkId, role } }
    })
  }

  removeLink(
    documentId: string,
    linkId: string,
    by: string,
    check: () => void = () => undefined,
  ): Promise<void> {
    return this.#change(documentId, ({ links }) => {
      check()
      if (!links.has(linkId)) return undefined
      const others = [...links.values()].filter((link) => link.linkId !== linkId)
      return { links: others, entry: { at: this.#deps.now(), by, what: 'link revoked', about: linkId } }
    })
  }

  /** Another history has taken the place of the document's. */
  noteReplacement(documentId: string, by: string): Promise<void> {
    return this.#change(documentId, () => ({ entry: { at: this.#deps.now(), by, what: 'history replaced' } }))
  }

  /**
   * In the place of everything that was said, whether it can be read or not: one owner and no links. Who is in learns it as of any
   * other change. Rejects with DOCUMENT_NOT_FOUND.
   */
  reset(documentId: string, owner: string, by: string): Promise<void> {
    return this.#turns.take(documentId, async () => {
      const before = await this.#sheet(documentId).catch(() => undefined)
      const at = this.#deps.now()
      const entry: TrailEntry = { at, by, what: 'rights reset', about: owner, role: 'owner' }
      const people: PersonAccess[] = [{ subject: owner, role: 'owner', changedBy: by, changedAt: at }]
      const trail = [...(before?.trail ?? []), entry].slice(-this.#deps.limits.trailEntries)
      const { store } = this.#deps
      await this.#keep(documentId, before, { people, links: [], trail }, (record) =>
        store.replace(documentId, record),
      )
    })
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
    if (held !== undefined) {
      if (held.isUnknown) await this.#look(documentId, held)
      return held
    }
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

  #change(documentId: string, plan: Plan): Promise<void> {
    return this.#turns.take(documentId, async () => {
      const sheet = await this.#sheet(documentId)
      const change = plan(sheet)
      if (change === undefined) return
      const { people = [...sheet.people.values()], links = [...sheet.links.values()], entry } = change
      const trail = [...sheet.trail, entry].slice(-this.#deps.limits.trailEntries)
      const record = { people, links, trail }
      await this.#keep(documentId, sheet, record, () => this.#deps.store.write(documentId, record))
    })
  }

  /** The sheet is as the store is afterwards, also where nobody can say whether a failed write has come to be. */
  async #keep(
    documentId: string,
    sheet: Sheet | undefined,
    record: AccessRecord,
    write: (record: AccessRecord) => Promise<void>,
  ): Promise<void> {
    try {
      await write(record)
      sheet?.take(record)
    } catch (cause) {
      if (sheet !== undefined) {
        sheet.isUnknown = true
        // Else whoever needs it next looks again.
        await this.#look(documentId, sheet).catch(() => undefined)
      }
      throw cause
    }
  }

  async #look(documentId: string, sheet: Sheet): Promise<void> {
    const record = await this.#deps.store.read(documentId)
    // Another one may have looked, or changed it, meanwhile.
    if (sheet.isUnknown) sheet.take(record ?? { people: [], links: [], trail: [] })
  }
}
