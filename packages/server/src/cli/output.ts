/**
 * What a command shows: its result, as lines or as JSON, and a bar on standard error while it works, when somebody watches
 * it. Knows no command.
 */
import type { Terminal } from './command.ts'
import type { Words } from './flags.ts'

/** A bar is drawn anew at most this often. */
const DRAW_MS = 100
const BAR_CELLS = 24

export interface Bar {
  add(amount: number): void
  /** Takes the bar away. */
  end(): void
}

export interface BarOptions {
  readonly label: string
  /** Undefined: nobody knows how much there is. */
  readonly total?: number | undefined
  readonly unit: 'bytes' | 'documents'
}

export class Output {
  readonly #terminal: Terminal
  readonly #isJson: boolean
  readonly #isQuiet: boolean

  constructor(terminal: Terminal, words: Words) {
    this.#terminal = terminal
    this.#isJson = words.has('json')
    this.#isQuiet = words.has('quiet')
  }

  /** The result, once. */
  result(lines: readonly string[], value: Readonly<Record<string, unknown>>): void {
    if (this.#isJson) this.#terminal.print(JSON.stringify(value))
    else if (!this.#isQuiet && lines.length > 0) this.#terminal.print(lines.join('\n'))
  }

  bar(options: BarOptions): Bar {
    const isShown = this.#terminal.isWatched && !this.#isJson && !this.#isQuiet
    if (!isShown) return { add: () => {}, end: () => {} }
    const began = performance.now()
    let done = 0
    let drawn = -Infinity
    return {
      add: (amount) => {
        done += amount
        const now = performance.now()
        if (now - drawn < DRAW_MS) return
        drawn = now
        this.#terminal.tell(`\r${barText(options, done, now - began)}\u001b[K`)
      },
      end: () => this.#terminal.tell('\r\u001b[K'),
    }
  }
}

export function barText({ label, total, unit }: BarOptions, done: number, ms: number): string {
  const amount = unit === 'bytes' ? bytesText(done) : count(done, 'document')
  const rate = ms > 0 && unit === 'bytes' ? `  ${bytesText((done / ms) * 1000)}/s` : ''
  if (total === undefined || total === 0) return `${label}  ${amount}${rate}`
  const share = Math.min(1, done / total)
  const full = Math.round(share * BAR_CELLS)
  const cells = `${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}`
  return `${label}  [${cells}] ${Math.floor(share * 100)} %${rate}`
}

export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** What somebody else has chosen, such as a subject out of a token: no line of theirs may look like one of ours. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
