/** How this library's files are written and its JSON is parsed; not for users. */
package io.github.coconut4j.model.internal.file;
