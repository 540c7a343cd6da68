/**
 * The page /doctor: tries from this browser what editing needs of the way to the server, and says what works and what to
 * change. The probes and their words are those of `cometpad doctor --url`; here they get a page around them.
 */
import { diagnose, examine } from '@cometpad/shared/doctor'
import type { Sight } from '@cometpad/shared/doctor'
import { askedIn, originIn } from './asked.ts'
import type { Asked } from './asked.ts'
import { browserPorts } from './browser-ports.ts'
import { begin } from './checkup.ts'
import type { Check, Checkup } from './checkup.ts'
import { createDoctorView } from './doctor-view.ts'

const app = document.querySelector<HTMLElement>('#app')
if (app === null) throw new TypeError('the page has no #app')

const view = createDoctorView({
  asked: askedIn(location.search),
  runAgain: start,
  embedAt(typed) {
    const origin = originIn(typed)
    if (origin === undefined) return false
    const query = new URLSearchParams(location.search)
    query.set('origin', origin)
    history.replaceState(null, '', `?${query.toString()}`)
    start()
    return true
  },
})
app.replaceChildren(view.element)

let current = new AbortController()

/** Begins anew; what is still under way is given up. */
function start(): void {
  current.abort()
  const own = (current = new AbortController())
  run(askedIn(location.search), own.signal).catch((error: unknown) => {
    if (!own.signal.aborted) view.fail()
    reportError(error)
  })
}

async function run(asked: Asked, over: AbortSignal): Promise<void> {
  const ports = browserPorts(location.origin, over)
  let checkup = begin(asked)
  let began = ports.clock.now()
  const show = (next: Partial<Checkup>): void => {
    if (over.aborted) return
    checkup = { ...checkup, ...next }
    view.show(checkup)
  }
  const seen = (news: Sight): void => {
    const now = ports.clock.now()
    const tookMs: Partial<Record<Check, number>> = { ...checkup.tookMs }
    for (const check of Object.keys(news) as (keyof Sight)[]) {
      // The host comes with the answer of the server, and takes no time of its own.
      if (check !== 'host' && check !== 'socketOpenMs') tookMs[check] = now - began
    }
    if (news.server !== undefined) began = now
    show({ sight: { ...checkup.sight, ...news }, tookMs })
  }
  show({})
  const observations = await examine(ports, {
    host: location.host,
    embeddedAt: asked.embeddedAt,
    canActAsBrowser: false,
    holdMs: asked.holdMs,
    seen,
  })
  show({ diagnosis: diagnose(observations) })
}

start()
