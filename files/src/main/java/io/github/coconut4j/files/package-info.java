/** Files and directories that are written completely or not at all, and checksums of files. */
package io.github.coconut4j.files;
