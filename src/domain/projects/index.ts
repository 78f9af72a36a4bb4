/**
 * Work to be done: tasks, for now as agents make them when they are asked to.
 * Always true: a task that was made is told of once.
 */
export { createTask, type NewTask, type Task, taskRefused } from "./create-task.ts";
