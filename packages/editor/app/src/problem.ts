/** Says what went wrong, at a place that is there for it. */

/** @param place an alert: it is read out whenever its text is set, and so the same text is not set again */
export function showProblem(place: HTMLElement, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  if (place.textContent !== text) place.textContent = text
  place.hidden = false
}
