/** The command line. It only calls the public classes of the other packages. */
package io.github.coconut4j.cli;
