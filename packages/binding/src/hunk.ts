/** Words of a comparison: units and the pieces in which two sequences of them differ. */
export interface Units {
  readonly codes: readonly number[]
  /** The same as text, with a stand-in for each thing. */
  readonly text: string
}

/** `[oldStart, oldEnd)` is replaced by `[newStart, newEnd)`. */
export interface Hunk {
  readonly oldStart: number
  readonly oldEnd: number
  readonly newStart: number
  readonly newEnd: number
}
