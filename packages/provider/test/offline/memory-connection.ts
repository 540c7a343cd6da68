/**
 * What the store needs of a database, in memory: steps one after the other, each whole or not at all. Quick enough for
 * thousands of crashes, and breakable at will.
 */
import 'fake-indexeddb/auto'
import type { HistoryRecord, Look, RowRecord, Step, Steps } from '../../src/offline/indexeddb-connection.ts'

type Key = string | number | readonly (string | number)[]

interface Content {
  histories: [Key, HistoryRecord][]
  rows: [Key, RowRecord & { id: number }][]
  meta: [Key, number][]
}

export class MemoryConnection implements Steps {
  #content: Content = { histories: [], rows: [], meta: [] }
  #lastId = 0
  #turn: Promise<unknown> = Promise.resolve()
  /** What the next step does before it is done. */
  fault: (() => void) | undefined

  step<Result>(_: 'strict' | 'relaxed', run: (step: Step) => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(() => this.#run(run))
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  look<Result>(run: (look: Look) => Promise<Result>): Promise<Result> {
    return this.step('relaxed', async (step) => {
      const before = JSON.stringify(this.#content)
      const result = await run(step as unknown as Look)
      if (JSON.stringify(this.#content) !== before) throw new Error('Something was written while reading')
      return result
    })
  }

  /** A step of a page that goes meanwhile: nothing answers it any more, and only what it has asked for and ended itself happens. */
  lastStep(run: (step: Step) => Promise<unknown>): Promise<void> {
    return this.step('strict', async () => {
      const before = structuredClone(this.#content)
      let isEnded = false
      const end = (): void => {
        isEnded = true
      }
      void run(unanswered(this.#open(), end) as Step)
      if (!isEnded) this.#content = before
      return Promise.resolve()
    })
  }

  /** The rows, as the next page finds them. */
  get rows(): readonly (RowRecord & { id: number })[] {
    return this.#content.rows.map(([, row]) => row)
  }

  /** What is said of whole documents. */
  get histories(): readonly HistoryRecord[] {
    return this.#content.histories.map(([, history]) => history)
  }

  async #run<Result>(run: (step: Step) => Promise<Result>): Promise<Result> {
    const before = structuredClone(this.#content)
    try {
      const result = await run(this.#open() as Step)
      this.fault?.()
      return result
    } catch (cause) {
      this.#content = before
      throw cause
    }
  }

  #open(): unknown {
    const content = this.#content
    const keyOf = {
      histories: ({ server, documentId, generation }: HistoryRecord): Key => [server, documentId, generation],
      rows: ({ id }: { id: number }): Key => id,
    }
    return {
      error: null,
      commit: () => undefined,
      objectStore: (name: keyof Content) => {
        const entries = content[name] as [Key, unknown][]
        const put = (value: unknown, key: Key): Promise<Key> => {
          const at = entries.findIndex(([other]) => indexedDB.cmp(other, key) === 0)
          if (at >= 0) entries[at] = [key, structuredClone(value)]
          else entries.push([key, structuredClone(value)])
          return Promise.resolve(key)
        }
        const found = (query?: Key | IDBKeyRange): unknown[] =>
          entries.filter(([key]) => query === undefined || fits(key, query)).map(([, value]) => value)
        const keysOf = (query?: Key | IDBKeyRange): Key[] =>
          entries.map(([key]) => key).filter((key) => query === undefined || fits(key, query))
        const within = (query: Key | IDBKeyRange): (RowRecord & { id: number })[] =>
          content.rows
            .map(([, row]) => row)
            .filter((row) => fits([row.server, row.documentId, row.generation, row.unsent], query))
        return {
          get: (key: Key) => Promise.resolve(structuredClone(found(key)[0])),
          getAll: (query?: Key | IDBKeyRange) => Promise.resolve(structuredClone(found(query))),
          getAllKeys: (query?: Key | IDBKeyRange) => Promise.resolve(keysOf(query)),
          put: (value: never, key?: Key) => put(value, key ?? keyOf[name as 'histories' | 'rows'](value)),
          add: (value: object) => {
            this.#lastId += 1
            return put({ ...value, id: this.#lastId }, this.#lastId)
          },
          delete: (query: Key | IDBKeyRange) => {
            const left = entries.filter(([key]) => !fits(key, query))
            entries.splice(0, entries.length, ...left)
            return Promise.resolve()
          },
          clear: () => {
            entries.length = 0
            return Promise.resolve()
          },
          index: () => ({
            getAll: (query: IDBKeyRange) => Promise.resolve(structuredClone(within(query))),
            getAllKeys: (query: IDBKeyRange) => Promise.resolve(within(query).map(({ id }) => id)),
            count: (query: Key | IDBKeyRange) => Promise.resolve(within(query).length),
          }),
        }
      },
    }
  }
}

/** The same object, whose calls do what they do and are never answered. */
function unanswered(step: unknown, end: () => void): unknown {
  const { objectStore } = step as {
    objectStore: (name: string) => Record<string, (...rest: unknown[]) => unknown>
  }
  const mute = (name: string): unknown =>
    new Proxy(objectStore(name), {
      get:
        (store, method: string) =>
        (...rest: unknown[]) => {
          if (method === 'index') return mute(name)
          void store[method]?.(...rest)
          return new Promise(() => undefined)
        },
    })
  return { error: null, commit: end, objectStore: mute }
}

function fits(key: Key, query: Key | IDBKeyRange): boolean {
  return query instanceof IDBKeyRange ? query.includes(key) : indexedDB.cmp(key, query) === 0
}
