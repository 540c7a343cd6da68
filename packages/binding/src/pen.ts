/**
 * Whether a tree may be written, or is only compared with what it should be. One routine describes the canonical tree;
 * with a dry pen it says whether a tree is canonical, with a wet one it makes it so.
 */
export class Pen {
  readonly isWet: boolean
  /** Was there anything to write? */
  isUsed = false

  constructor(isWet: boolean) {
    this.isWet = isWet
  }

  /** Asked before every single change. */
  may(): boolean {
    this.isUsed = true
    return this.isWet
  }
}
