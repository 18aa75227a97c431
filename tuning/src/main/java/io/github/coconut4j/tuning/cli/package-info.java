/** The command {@code tune}. */
package io.github.coconut4j.tuning.cli;
