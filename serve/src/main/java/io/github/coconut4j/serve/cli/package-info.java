/** The command {@code serve}. */
package io.github.coconut4j.serve.cli;
