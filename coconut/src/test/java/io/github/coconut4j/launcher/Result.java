package io.github.coconut4j.launcher;

/**
 * How a process ended.
 *
 * @param status its exit status
 * @param output what it wrote to standard output
 * @param errors what it wrote to standard error
 */
record Result(int status, String output, String errors) {}
