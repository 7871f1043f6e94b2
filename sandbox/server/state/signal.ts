/** Tells whoever listens that something changed; what changed is read from the state itself. */
export class Signal {
  readonly #listeners = new Set<() => void>();

  /** @returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
