/** How this library parses JSON; not for users. */
package io.github.coconut4j.model.internal.file;
