package io.github.coconut4j.cli;

import java.util.concurrent.Callable;

/**
 * A command that another module adds to the command line: a public class with picocli's {@code
 * Command} annotation and a public constructor without parameters, found by {@link
 * java.util.ServiceLoader}. Its result is the exit status.
 */
public interface AddedCommand extends Callable<Integer> {}
