/** Checks that several packages share; not public API. */
package io.github.coconut4j.model.internal;
