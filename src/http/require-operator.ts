import { isOperator, type Principal } from "../domain/governance/index.ts";
import { operatorKeyRequired } from "./errors.ts";

/** Only for a program's key that is bound to no microDAO. Throws `operator_key_required`. */
export function requireOperator(principal: Principal): void {
  if (!isOperator(principal)) throw operatorKeyRequired({});
}
