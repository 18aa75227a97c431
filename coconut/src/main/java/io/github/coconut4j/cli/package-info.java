/** The command line. It only uses public classes of the other packages. */
package io.github.coconut4j.cli;
