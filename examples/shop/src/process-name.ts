/** The name of a process of the shop: the place that it was started for, and its id. */
export function processName(place: string, pid: number): string {
  return `worker-${place}-${pid}`
}

/** How visitors read it: `worker 1`. Names of others are shown as they are. */
export function shownProcess(name: string): string {
  return name.replace(/^worker-(\d+)-\d+$/, 'worker $1')
}
