/** Web Locks and BroadcastChannel behind the ports. Both are given: this names no globals. */
import type { ClaimEvents, TabChannel, Tabs } from './ports.ts'

/** @param locks undefined in pages without a secure context, where nobody tells tabs apart */
export function browserTabs(
  locks: LockManager | undefined,
  Channel: typeof BroadcastChannel | undefined,
): Tabs | undefined {
  if (locks === undefined || Channel === undefined) return undefined
  return {
    claim: (name, steals, events) => claim(locks, name, steals, events),
    channel: (name, hear) => open(Channel, name, hear),
  }
}

function claim(locks: LockManager, name: string, steals: boolean, events: ClaimEvents): () => void {
  const undo = new AbortController()
  const { signal } = undo
  let isHeld = false
  /** The lock is held until this resolves. */
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', () => resolve())
      isHeld = true
      events.held()
    })
  const run = async (): Promise<void> => {
    try {
      if (steals) return await locks.request(name, { steal: true }, hold)
      let isBusy = false
      await locks.request(name, { ifAvailable: true }, async (lock) => {
        isBusy = lock === null
        if (lock !== null) await hold()
      })
      if (!isBusy || signal.aborted) return
      events.busy()
      await locks.request(name, { signal }, hold)
    } catch {
      if (signal.aborted) return
      // A page that may keep nothing has no locks either: then each looks after itself.
      if (isHeld) events.lost()
      else events.held()
    }
  }
  void run()
  return () => undo.abort()
}

function open(
  Channel: typeof BroadcastChannel,
  name: string,
  hear: (message: unknown) => void,
): TabChannel | undefined {
  try {
    const channel = new Channel(name)
    channel.addEventListener('message', ({ data }) => hear(data))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
    return { post: (message) => channel.postMessage(message), close: () => channel.close() }
  } catch {
    return undefined
  }
}
