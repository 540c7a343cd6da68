/** Listeners by event name. A listener that throws is reported and keeps no other from hearing. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>()

  on<Name extends keyof Events>(name: Name, run: (payload: Events[Name]) => void): () => void {
    const all = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, all.add(run))
    return () => void all.delete(run)
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const run of this.#listeners.get(name) ?? []) {
      try {
        ;(run as (payload: Events[Name]) => void)(payload)
      } catch (error) {
        // It is the page's own mistake: it belongs into the page's console and error reports, not into ours.
        reportError(error)
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
