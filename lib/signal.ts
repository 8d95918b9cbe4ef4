/** What of an AbortSignal is used: callers whose types know neither the DOM nor Node have no name for one. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
