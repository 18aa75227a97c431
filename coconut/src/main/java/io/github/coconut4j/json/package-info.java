/** JSON lines: the command line's {@code --json}, and the files that grow line by line. */
package io.github.coconut4j.json;
