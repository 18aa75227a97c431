/** Files and directories that appear whole or not at all. */
package io.github.coconut4j.files;
