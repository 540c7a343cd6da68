/** What everything that makes nodes of blocks shares while one stretch is shown. */
import type { Pen } from './pen.ts'
import type { View } from './view.ts'
import type { ContentWriter } from './write-content.ts'

export interface RenderContext {
  readonly view: View
  readonly writer: ContentWriter
  readonly pen: Pen
  /** Nodes that stand for something already; each stands for one thing. */
  readonly taken: Set<string>
}
