/** Lets one loop wait until somebody says that there is something to do. */
export interface Bell {
  ring(): void;
  /** Settles at once when it was rung since the last time, else when it rings or after `ms`. Whether it was rung. */
  wait(ms: number): Promise<boolean>;
}

export function createBell(): Bell {
  let isRung = false;
  let waiter: (() => void) | undefined;
  return {
    ring() {
      isRung = true;
      waiter?.();
    },
    async wait(ms) {
      if (!isRung) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          waiter = resolve;
          timer = setTimeout(resolve, ms);
        });
        clearTimeout(timer);
        waiter = undefined;
      }
      const result = isRung;
      isRung = false;
      return result;
    },
  };
}
