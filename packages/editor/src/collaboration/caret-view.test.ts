// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import type { Person } from '../presence.ts'
import { cursorCss } from '../style/cursor-css.ts'
import { CaretView } from './caret-view.ts'

const ada = { clientId: 7, name: 'Ada', color: '#123456' } as Person
const box = { x: 50, y: 60, height: 20 }
const origin = { left: 0, top: 0, width: 600 } as DOMRect

/** The animation of a name, as a browser would run it, on a clock of our own. */
class Fade {
  now = 0
  startedAt = 0
  isRunning = true

  cancel(): void {
    this.isRunning = false
  }

  play(): void {
    if (this.isRunning) return
    this.isRunning = true
    this.startedAt = this.now
  }

  get isSeen(): boolean {
    return this.now - this.startedAt < VISIBLE_MS
  }
}

/** What the style says: how long a name is waited for until it begins to go, and how long it takes to be gone. */
const [, fadeS = NaN, waitS = NaN] = (
  /animation: cometpad-fade ([\d.]+)s [a-z-]+ ([\d.]+)s forwards/.exec(cursorCss) ?? []
).map(Number)
const VISIBLE_MS = (fadeS + waitS) * 1_000

let container: HTMLElement
let caret: CaretView
let fade: Fade

beforeEach(() => {
  container = document.createElement('div')
  caret = new CaretView(container)
  fade = new Fade()
  const label = container.querySelector<HTMLElement>('.cometpad-cursor-name')
  if (label === null) throw new Error('a caret has no name')
  label.getAnimations = () => [fade as unknown as Animation]
  caret.show(ada, box, origin, 3)
})

describe('the name at a caret of somebody else', () => {
  test('fades by itself to nothing and stays so, a few seconds after it came', () => {
    expect(cursorCss).toMatch(/@keyframes cometpad-fade \{ to \{ opacity: 0; \} \}/)
    expect(VISIBLE_MS).toBeGreaterThan(2_000)
    expect(VISIBLE_MS).toBeLessThan(10_000)
    expect(container.textContent).toBe('Ada')
    fade.now = VISIBLE_MS - 1
    expect(fade.isSeen).toBe(true)
    fade.now = VISIBLE_MS
    expect(fade.isSeen).toBe(false)
  })

  test('shows itself again when the person has moved, and fades again', () => {
    fade.now = VISIBLE_MS * 2
    caret.show(ada, box, origin, 4)
    expect(fade.isSeen).toBe(true)
    fade.now = VISIBLE_MS * 3
    expect(fade.isSeen).toBe(false)
  })

  test('stays away while only the page moves under it', () => {
    fade.now = VISIBLE_MS * 2
    caret.show(ada, { ...box, y: 200 }, origin, 3)
    expect(fade.isSeen).toBe(false)
    expect(container.querySelector<HTMLElement>('.cometpad-cursor')?.style.transform).toContain('200')
  })
})
