/** Files and directories that appear whole or not at all, and sums of files. */
package io.github.coconut4j.files;
