// Undo and redo as a line of values, with a place in it. Knows nothing of what the values are.

export class History {
  constructor(most = 100) {
    this.most = most;
    this.values = [];
    this.place = -1;
  }

  get current() {
    return this.values[this.place] ?? null;
  }

  get canUndo() {
    return this.place > 0;
  }

  get canRedo() {
    return this.place < this.values.length - 1;
  }

  // What was undone before is forgotten.
  push(value) {
    this.values = [...this.values.slice(0, this.place + 1), value].slice(-this.most);
    this.place = this.values.length - 1;
  }

  // The same step, seen otherwise.
  replace(value) {
    if (this.place >= 0) this.values[this.place] = value;
  }

  undo() {
    if (this.canUndo) this.place -= 1;
    return this.current;
  }

  redo() {
    if (this.canRedo) this.place += 1;
    return this.current;
  }
}
